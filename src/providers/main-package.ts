/** Which Go package is a provider's manager. `go_main` is often missing or stale: the main function is where most have it, or where the Dockerfile builds it. Pure over the checkout. */
import { posix } from 'node:path'
import { Failure } from '../host/failure.ts'
import { below, type Files, upwards } from './files.ts'
import { belowFolder } from './provider-fields.ts'

export interface MainPackage {
  /** Folder of its go.mod, from the root of the repository. */
  readonly module: string
  /** From that folder, as `go build` takes it: `./cmd/manager`. */
  readonly package: string
  /** What a user should know: that something else is built than what was said. */
  readonly notices: readonly string[]
}

export interface Wanted {
  /** Names the provider in sentences. */
  readonly name: string
  /** Folder of the provider, from the root of the repository. */
  readonly context: string
  /** File or package from `context`, as the user said it. */
  readonly goMain?: string | undefined
  /** The text of its Dockerfile. */
  readonly dockerfile?: string | undefined
  /** Of the entry that describes it. */
  readonly where?: string | undefined
}

/** Where most have it, in this order; Tilt looks for the first alone. */
const USUAL = ['main.go', 'cmd/main.go', 'cmd/manager/main.go']

/** @throws Failure where there is no such package, or there are several and none is said. */
export function findMainPackage(files: Files, wanted: Wanted): MainPackage {
  const { name, context, goMain } = wanted
  const said = goMain === undefined ? undefined : mainFolder(files, below(context, belowFolder(goMain)))
  if (said !== undefined) return inModule(files, said, wanted, [])
  const found = search(files, wanted)
  const notices =
    goMain === undefined
      ? []
      : [`provider ${name}: go_main is ${goMain}, which is not there: ${found} is built (${wanted.where ?? context})`]
  return inModule(files, found, wanted, notices)
}

/** The nearest folder upwards from `folder` that has a go.mod; nothing where none has. */
export const moduleOf = (folder: string, has: (path: string) => boolean): string | undefined =>
  upwards(folder).find(one => has(below(one, 'go.mod')))

function inModule(files: Files, folder: string, wanted: Wanted, notices: readonly string[]): MainPackage {
  const module = moduleOf(folder, files.has)
  if (module === undefined) throw noModule(folder, wanted)
  const path = posix.relative(module, folder)
  return { module, package: path === '' ? '.' : `./${path}`, notices }
}

const noModule = (folder: string, { name, where }: Wanted): Failure =>
  new Failure({
    what: `provider ${name} can't be built by Go`,
    why: `there is no go.mod in ${upwards(folder).join(', ')}`,
    remedy: 'set `build: dockerfile`, or `build: command`, for it in `provider-config`',
    where,
  })

function search(files: Files, wanted: Wanted): string {
  const { name, context, dockerfile, where } = wanted
  const usual = USUAL.map(file => mainFolder(files, below(context, file))).find(folder => folder !== undefined)
  if (usual !== undefined) return usual
  const built = dockerfile === undefined ? [] : builtIn(dockerfile).filter(path => isBelow(path, context))
  const [byDockerfile] = built.flatMap(path => mainFolder(files, path) ?? [])
  if (byDockerfile !== undefined) return byDockerfile
  const commands = ['.', ...files.list(below(context, 'cmd')).filter(one => one.endsWith('/'))]
  const candidates = commands.map(one => belowFolder(below(below(context, 'cmd'), one))).filter(folder => isMain(files, folder))
  const [only, ...others] = candidates
  if (only !== undefined && others.length === 0) return only
  if (only === undefined && moduleOf(context, files.has) === undefined) throw noModule(context, wanted)
  const remedy = 'say which it is: `go_main` in its tilt-provider file, or `go-main` for it in `provider-config`'
  throw only === undefined
    ? new Failure({
        what: `provider ${name} has no main package`,
        why: `there is none in ${[...USUAL, 'cmd/*/'].map(path => below(context, path)).join(', ')}, nor does a Dockerfile tell one`,
        remedy: `${remedy}; or set \`build: dockerfile\` there`,
        where,
      })
    : new Failure({
        what: `it is not said which main package provider ${name} is`,
        why: `there are ${candidates.join(', ')}`,
        remedy,
        where,
      })
}

/** The folder of a main package that `path`, a file or a folder, names. */
function mainFolder(files: Files, path: string): string | undefined {
  const folder = path.endsWith('.go') ? posix.dirname(path) : path
  return path.endsWith('.go') ? (files.has(path) ? folder : undefined) : isMain(files, folder) ? folder : undefined
}

const isMain = (files: Files, folder: string): boolean =>
  files
    .list(folder)
    .filter(name => name.endsWith('.go') && !name.endsWith('_test.go'))
    .some(name => /^package main\b/m.test(files.read(below(folder, name)) ?? ''))

const isBelow = (path: string, folder: string): boolean => folder === '.' || path === folder || path.startsWith(`${folder}/`)

/** What a Dockerfile gives to `go build`, from the root of the repository, which is taken to be where the first COPY goes to. */
export function builtIn(dockerfile: string): readonly string[] {
  const text = dockerfile.replaceAll(/^\s*#.*$/gm, '').replaceAll(/\\\r?\n/g, ' ')
  const defaults = new Map([...text.matchAll(/^\s*ARG\s+(\w+)=["']?([^\s"']+)/gim)].map(([, name = '', value = '']) => [name, value]))
  let workdir = '/'
  let top: string | undefined
  return text.split('\n').flatMap(line => {
    const [, instruction = '', rest = ''] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? []
    if (/^from$/i.test(instruction)) [workdir, top] = ['/', undefined]
    if (/^workdir$/i.test(instruction)) workdir = posix.resolve(workdir, rest.trim())
    if (/^(copy|add)$/i.test(instruction) && !rest.includes('--from')) top ??= workdir
    if (!/^run$/i.test(instruction)) return []
    return [...rest.matchAll(/\bgo build\b([^&|;]*)/g)]
      .flatMap(([, args = '']) => packageIn(args, defaults) ?? [])
      .map(path => posix.join(posix.relative(top ?? workdir, workdir), path))
      .filter(path => !path.startsWith('..'))
  })
}

/** The last word, where it is no option and no value of one: `-o manager`. */
function packageIn(args: string, defaults: ReadonlyMap<string, string>): string | undefined {
  const words = args
    .trim()
    .replaceAll(/["'][^"']*["']/g, quoted => quoted.replaceAll(/\s/g, '_'))
    .split(/\s+/)
  const last = (words.at(-1) ?? '').replaceAll(/["']/g, '')
  const path = last.replace(/^\$\{?(\w+)(?::?-([^}]*))?\}?$/, (_, name: string, fallback = '') => defaults.get(name) ?? fallback)
  const isValue = path.startsWith('-') || /^-(o|tags|ldflags|gcflags|asmflags|mod|p|C)$/.test(words.at(-2) ?? '')
  return path === '' || path.includes('$') || isValue ? undefined : path
}
