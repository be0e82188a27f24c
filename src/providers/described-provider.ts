/** From what a repository describes, a tilt-provider file or what was inferred, and what settings say of it, to a provider. Pure over the listing of the repository. */
import { join, resolve } from 'node:path'
import semver from 'semver'
import { Failure } from '../host/failure.ts'
import type { IdentityHints } from '../manifests/identity.ts'
import { MODULE, requirementIn } from '../settings/go-mod.ts'
import { knownProviders } from './catalogue.ts'
import type { Configured } from './configured.ts'
import type { DiscoveredProvider } from './discover.ts'
import { dockerfileOf } from './dockerfile-of.ts'
import { below } from './files.ts'
import { findMainPackage, moduleOf } from './main-package.ts'
import { type Build, type BuildRoad, type DockerfileBuild, type GoBuild, labelOf, type Provider } from './provider.ts'
import type { OwnValues } from './provider-fields.ts'
import type { Repository } from './repository.ts'
import type { Dependencies } from './resource-deps.ts'
import { versionFlagsOf } from './version-flags.ts'

/** Without a setting; what distroless calls nonroot. */
const NONROOT = '65532:65532'

export interface Surroundings {
  /** What it waits for. */
  readonly depends: Dependencies
  /** Whether commands of the user's run before, which may make what its file names. */
  readonly hasHooks: boolean
}

/**
 * @throws Failure where its main package or its Dockerfile can't be told.
 */
export function describedProvider(entry: Described, repository: Repository, { depends, hasHooks }: Surroundings): Provider {
  const { name, source, context, own } = entry
  const at = (...path: readonly string[]) => join(repository.root, ...path)
  const files = (paths: readonly string[]) => paths.map(path => at(context, path))
  const { image } = entry
  if (!hasHooks && own.beforeRender === undefined && own.beforeBuild === undefined) refuseMissing(entry, repository)
  const built = image === undefined || own.build === 'none' ? undefined : buildOf(entry, image, repository)
  return {
    name,
    source,
    repository: repository.root,
    context: at(context),
    version: versionOf(entry.version) ?? repository.version,
    hints: hintsOf(entry, repository),
    build: built?.build,
    manifests: entry.applyProviderYaml
      ? {
          folder: at(context, entry.kustomizeFolder),
          files: entry.manifests.map(file => at(file)),
          options: entry.kustomizeOptions,
          substitutions: own.substitutions ?? {},
          pullPolicy: own.pullPolicy,
          prepare: own.beforeRender,
        }
      : undefined,
    resources: { before: files(entry.additionalUncategorizedResources), after: files(entry.additionalResources) },
    needs: { ...depends.needs, resources: [] },
    wait: own.wait ?? 'available',
    notices: [...(built?.notices ?? []), ...depends.notices, ...versionNotices(entry, repository)],
  }
}

/** @throws Failure for what its file names and the checkout has not got. */
function refuseMissing(entry: Described, { has, root }: Repository): void {
  const { name, context, where } = entry
  const isRendered = entry.applyProviderYaml && entry.manifests.length === 0
  const named = [
    ...(isRendered ? [{ field: 'kustomize_folder', path: entry.kustomizeFolder }] : []),
    ...entry.additionalUncategorizedResources.map(path => ({ field: 'additional_uncategorized_resources', path })),
    ...entry.additionalResources.map(path => ({ field: 'additional_resources', path })),
  ]
  const missing = named.find(({ path }) => !has(below(context, path)))
  if (missing === undefined) return
  const { field, path } = missing
  throw new Failure({
    what: `provider ${name} has no ${below(context, path)}`,
    why: `${field} is ${path}, from ${join(root, context)}`,
    remedy: `correct ${field}, or say in \`before-render\` of provider-config the command that makes it`,
    where,
  })
}

/** All that is said of a provider, and what its repository tells. */
export type Described = Configured<Omit<DiscoveredProvider, 'source'> & Pick<Provider, 'source'>>

function buildOf(entry: Described, image: string, repository: Repository): { readonly build: Build; readonly notices: readonly string[] } {
  const { own, goMain, additionalDockerHelperCommands: helper, additionalDockerBuildCommands: lines } = entry
  const dockerfile = unlessRefused(() => dockerfileIn(entry, repository))
  const found = unlessRefused(() => goOf(entry, repository))
  // Written in another language: the Dockerfile knows how it is built.
  const isForeign = found === undefined && goMain === undefined && own.build === undefined && !hasModule(entry, repository)
  const road = isForeign && dockerfile !== undefined && roadOf(own) === 'go' ? 'dockerfile' : roadOf(own)
  const { go, notices } = road === 'go' ? (found ?? goOf(entry, repository)) : { notices: [], ...found }
  const build = {
    image: withoutTag(image),
    user: own.user ?? NONROOT,
    road,
    go,
    dockerfile: road === 'dockerfile' ? (dockerfile ?? dockerfileIn(entry, repository)) : dockerfile,
    command: own.command,
    archive: own.imageArchive && resolve(repository.root, own.imageArchive),
    prepare: own.beforeBuild,
    additional: helper === '' && lines === '' ? undefined : { helper, image: lines },
  }
  return { build, notices }
}

/** What is said of it, else the Go of this machine. */
export function roadOf({ build, command, dockerfile, buildTarget }: Partial<OwnValues>): BuildRoad {
  if (build !== undefined && build !== 'none') return build
  if (command !== undefined) return 'command'
  return dockerfile === undefined && buildTarget === undefined ? 'go' : 'dockerfile'
}

const hasModule = ({ context }: Described, { checkout }: Repository): boolean =>
  moduleOf(below(checkout.folder, context), checkout.has) !== undefined

/** Nothing where it can't be told: another road may not need it. */
function unlessRefused<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** In the checkout that the repository is a part of: modules and Dockerfiles may reach above it. @throws Failure where its main package can't be told. */
function goOf(entry: Described, { checkout, version: described }: Repository) {
  const version = versionOf(entry.version) ?? described
  const { name, context, goMain, where } = entry
  const dockerfile = unlessRefused(() => checkout.read(dockerfilePath(entry, checkout)))
  const main = findMainPackage(checkout, { name, context: below(checkout.folder, context), goMain, where, dockerfile })
  const go: GoBuild = {
    moduleDir: join(checkout.root, main.module),
    package: main.package,
    tags: [],
    ldflags: ['-s', '-w', ...versionFlagsOf(checkout, main.module, version)],
  }
  return { go, notices: main.notices }
}

/** @throws Failure where there is none, or there are several that it could be. */
const dockerfilePath = ({ name, context, label, image, where, own: { dockerfile } }: Described, checkout: Repository['checkout']): string =>
  dockerfileOf(checkout, { name, context: below(checkout.folder, context), label, image, dockerfile, where })

const dockerfileIn = (entry: Described, { checkout }: Repository): DockerfileBuild => ({
  file: join(checkout.root, dockerfilePath(entry, checkout)),
  context: join(checkout.root, entry.own.buildContext ?? checkout.folder),
  target: entry.own.buildTarget,
  args: entry.own.buildArgs,
})

/** The image as it is matched: Tilt tolerates a tag. */
const withoutTag = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')

const versionNotices = ({ name, version, where }: Described, repository: Repository): string[] =>
  version === undefined || versionOf(version) !== undefined
    ? []
    : [`provider ${name}: version is ${version}, which is none: it is ${repository.version} to clusterctl (${where})`]

/** clusterctl takes whole versions alone: `"8.0"` is `v8.0.0`. */
export function versionOf(said: string | undefined): string | undefined {
  if (said === undefined) return undefined
  const version = semver.valid(said) ?? semver.coerce(said)?.version
  return version === undefined ? undefined : `v${version}`
}

function hintsOf({ identity, own: { type, providerName } }: Described, { read }: Repository): IdentityHints {
  const likely = identity.type === undefined ? [] : [labelOf(identity.type, identity.providerName)]
  const name = providerName ?? (type === 'core' ? 'cluster-api' : identity.providerName)
  return {
    said: type === undefined ? undefined : labelOf(type, name),
    likely,
    known: knownProviders({}).map(({ label }) => label),
    isPlain: likely.length === 0 && requirementIn(read('go.mod') ?? '', MODULE) === undefined,
  }
}
