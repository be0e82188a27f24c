/**
 * Arguments of a Dockerfile that have no value of their own, filled from what is known of the provider: repositories leave them to their Makefile, under these
 * names (builder image: Cluster API, CAPA, CAPV, k0smotron, ibmcloud). Pure.
 */
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { type Dockerfile, variablesIn } from './dockerfile.ts'

export type BuildArgs = Readonly<Record<string, string>>

/** What is known of a build; undefined where nothing says it. */
export interface KnownOfBuild {
  /** Of Go, without `go` or `v`: `1.25.12`. */
  readonly goVersion: string | undefined
  /** As the user says it. */
  readonly builderImage: string | undefined
  readonly os: string
  readonly architecture: string
  /** The manager's main package, from the context. */
  readonly package: string | undefined
  readonly ldflags: string | undefined
  /** Of the provider, with `v` in front. */
  readonly version: string
  readonly goproxy: string | undefined
  /** Text of the Makefile that the repository builds its image with. */
  readonly makefile?: string | undefined
}

type Fact = Exclude<keyof KnownOfBuild, 'makefile'>

/** Names in lower case. */
const FACTS: Readonly<Record<string, Fact>> = {
  builder_image: 'builderImage',
  build_image: 'builderImage',
  build_img: 'builderImage',
  golang_image: 'builderImage',
  go_image: 'builderImage',
  go_version: 'goVersion',
  golang_version: 'goVersion',
  os: 'os',
  goos: 'os',
  arch: 'architecture',
  goarch: 'architecture',
  package: 'package',
  ldflags: 'ldflags',
  version: 'version',
  goproxy: 'goproxy',
}

/** Those that go before a default in the Dockerfile: it can't know them. */
const STRONGER: readonly Fact[] = ['architecture', 'os', 'package', 'ldflags', 'goproxy']

/** Given by BuildKit itself, whether an ARG line names them or not. */
const PREDEFINED =
  /^((TARGET|BUILD)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)|(https?|ftp|no|all)_proxy|BUILDKIT_\w+|SOURCE_DATE_EPOCH|TARGETSTAGE)$/i

/** The arguments to build `file` with: what is `said`, and what is known of those that it declares. */
export function fillArgs({ args }: Pick<Dockerfile, 'args'>, known: KnownOfBuild, said: BuildArgs): BuildArgs {
  const filled = args.flatMap(({ name, hasDefault }) => {
    if (PREDEFINED.test(name)) return []
    const fact = FACTS[name.toLowerCase()]
    const found = fact === undefined ? undefined : factOf(fact, known)
    const value = fact !== undefined || hasDefault ? found : inMakefile(name, known)
    const wins = fact !== undefined && (STRONGER.includes(fact) || (fact === 'builderImage' && known.builderImage !== undefined))
    return value === undefined || (hasDefault && !wins) ? [] : [[name, value] as const]
  })
  const declared = Object.entries(said).filter(([name]) => PREDEFINED.test(name) || args.some(arg => arg.name === name))
  return Object.fromEntries([...filled, ...declared])
}

/** A variable of the Makefile that is called as the argument is, but in capitals: `DEPLOYMENT_BASE_IMAGE_TAG ?= nonroot-${ARCH}`. Nothing where it is made by a command. */
function inMakefile(name: string, known: KnownOfBuild, above: readonly string[] = []): string | undefined {
  const variable = name.toUpperCase()
  const [, text] = new RegExp(`^(?:export[ \\t]+)?${variable}[ \\t]*[?:]*=[ \\t]*(\\S+)[ \\t]*$`, 'm').exec(known.makefile ?? '') ?? []
  if (text === undefined || above.includes(variable)) return undefined
  const parts = text.split(/\$[({](\w+)[)}]/)
  // Every second part is the name of a variable.
  const values = parts.map((part, index) => (index % 2 === 0 ? part : variableOf(part, known, [...above, variable])))
  return values.some(value => value === undefined || value.includes('$')) ? undefined : values.join('')
}

function variableOf(variable: string, known: KnownOfBuild, above: readonly string[]): string | undefined {
  const fact = FACTS[variable.toLowerCase()]
  return (fact && factOf(fact, known)) ?? inMakefile(variable, known, above)
}

/** In which Dockerfiles of providers compile. */
export const builderImageFor = (goVersion: string): string => `docker.io/library/golang:${goVersion}`

const factOf = (fact: Fact, known: KnownOfBuild): string | undefined =>
  fact === 'builderImage' ? (known.builderImage ?? (known.goVersion && builderImageFor(known.goVersion))) : known[fact]

/** @throws Failure for an argument without which no image is named in a FROM line. */
export function requireArgs({ args, froms }: Dockerfile, filled: BuildArgs, file: string): void {
  const empty = new Set(
    args.filter(({ name, hasDefault }) => !hasDefault && !(name in filled) && !PREDEFINED.test(name)).map(({ name }) => name),
  )
  for (const { image, line } of froms) {
    const missing = variablesIn(image).find(name => empty.has(name))
    if (missing === undefined) continue
    throw new Failure({
      what: `${file} cannot be built without ${missing}`,
      why: `FROM ${image} needs it, and it has no default`,
      remedy: `set \`build-args\`: ${missing}=…`,
      where: `${file}:${line}`,
    })
  }
}

/** @throws Failure for names in `said` that none of the Dockerfiles declares. */
export function requireDeclared(said: BuildArgs, files: readonly Pick<Dockerfile, 'args'>[], where: string): void {
  const declared = [...new Set(files.flatMap(({ args }) => args.map(({ name }) => name)))]
  const unknown = Object.keys(said).filter(name => !PREDEFINED.test(name) && !declared.includes(name))
  const [first] = unknown
  if (first === undefined) return
  throw new Failure({
    what: `no Dockerfile has the build ${unknown.length === 1 ? 'argument' : 'arguments'} ${unknown.join(', ')}${didYouMean(first, declared)}`,
    why: `they have ${declared.join(', ') || 'none'}`,
    where,
  })
}

export type BuildSecret = { readonly variable: string } | { readonly file: string }

/** Build secrets that a Dockerfile asks for and that this machine has: the address of the module proxy, which may hold a password, and certificates. */
export function fillSecrets(
  ids: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, BuildSecret>> {
  const certificates = env.SSL_CERT_FILE || env.NODE_EXTRA_CA_CERTS
  return Object.fromEntries(
    ids.flatMap((id): [string, BuildSecret][] => {
      if (/^goproxy$/i.test(id) && env.GOPROXY) return [[id, { variable: 'GOPROXY' }]]
      if (/^ca([-_.](bundle|certificates|certs?|crt|pem))*$/i.test(id) && certificates) return [[id, { file: certificates }]]
      return []
    }),
  )
}
