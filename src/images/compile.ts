/** Managers compiled with this machine's Go and its caches, as Tilt does it: no engine is needed, and what has been compiled before is not compiled again. */
import { access, mkdir, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { needsCgo, requireCgo } from './cgo.ts'
import { type GoBuild, isUpToDate, rememberInputs } from './inputs.ts'

export interface ManagerSource {
  /** Whose manager it is, for errors: `docker`. */
  readonly name: string
  /** Folder with the go.mod of the manager's module. */
  readonly root: string
  /** In that module: `.`, `./bootstrap/kubeadm`. */
  readonly package: string
  /** File for the executable; kept from run to run, as one that is up to date is not built again. */
  readonly output: string
  /** `-s`, `-w`, `-X …` */
  readonly ldflags: readonly string[]
  readonly tags?: readonly string[] | undefined
  readonly goos: string
  readonly goarch: string
  /** What it is compiled for, beside being shipped. */
  readonly mode?: BuildMode | undefined
}

export interface BuildMode {
  /** With the race detector: it needs cgo, and so a C compiler and a static C library. */
  readonly race?: boolean | undefined
  /** To run under Delve, which takes nothing that is stripped; files have the names that an editor knows. */
  readonly delve?: boolean | undefined
  /** For somebody who attaches an editor: nothing is optimised or inlined either. */
  readonly debug?: boolean | undefined
  /** With cgo, linked statically. */
  readonly cgo?: boolean | undefined
}

export interface CompiledManager {
  readonly path: string
  /** When Go was asked to build it (ms since 1970); nothing when the executable was there, and nothing that it was built from has changed. */
  readonly began: number | undefined
}

const MINUTES = 60
const LONGEST = 60 * MINUTES

/**
 * Compiles one manager. GOFLAGS, GOPROXY, GOTOOLCHAIN and the like are the user's.
 * @throws Failure with file:line:column of what does not compile.
 */
export async function compileManager(source: ManagerSource, work: Work): Promise<CompiledManager> {
  await requireModule(source.root)
  if (needsCgo(source)) await requireCgo(source, work)
  await mkdir(dirname(source.output), { recursive: true })
  const build = goBuild(source)
  if (await isUpToDate(build, work)) return { path: source.output, began: undefined }
  // Go refuses to write over what is no executable, such as one that was cut short.
  await rm(source.output, { force: true })
  const began = Date.now()
  await runGoBuild(source, build, work)
  return { path: source.output, began }
}

/** Notes what went into a manager, for the next run. It takes a second of a processor: to be called when nothing waits for that. */
export async function rememberManager(source: ManagerSource, { began }: CompiledManager, work: Work): Promise<void> {
  if (began !== undefined) await rememberInputs(goBuild(source), began, work)
}

async function requireModule(root: string): Promise<void> {
  const file = join(root, 'go.mod')
  await access(file).catch((cause: unknown) => {
    throw new Failure({
      what: `${root} is no Go module`,
      why: `there is no ${file}`,
      remedy: 'set the folder that has the go.mod of the manager',
      cause,
    })
  })
}

export function goBuild({ root, package: name, ldflags, tags, goos, goarch, output, mode = {} }: ManagerSource): GoBuild {
  const { race, debug } = mode
  const delve = Boolean(mode.delve || debug)
  const cgo = Boolean(mode.cgo || race)
  const linked = [...(delve ? ldflags.filter(flag => !/^-[sw]$/.test(flag)) : ldflags), ...(cgo ? STATIC : [])]
  const flags = [
    ...(delve ? [] : ['-trimpath']),
    ...(debug ? ['-gcflags', 'all=-N -l'] : []),
    // Without the stamp from git: it changes with every commit, whether or not the manager does, and fails in a checkout that another user owns.
    '-buildvcs=false',
    ...(race ? ['-race'] : []),
    '-ldflags',
    linked.join(' '),
    ...(tags?.length ? ['-tags', tags.join(',')] : []),
  ]
  return { root, package: name, flags, env: { CGO_ENABLED: cgo ? '1' : '0', GOOS: goos, GOARCH: goarch }, output }
}

/** The base image has no C library. */
const STATIC = ['-linkmode external', `-extldflags "-static"`]

async function runGoBuild(source: ManagerSource, { root, package: name, flags, env, output }: GoBuild, work: Work): Promise<void> {
  const said: string[] = []
  try {
    const args = ['build', '-v', ...flags, '-o', output, name]
    // In the background: on two cores a compiler at full priority slows down the cluster that boots (measured: 20 s instead of 16).
    // The compiler and the linker have memory to spare: collecting garbage less often makes them a twentieth faster (measured).
    const settings = { ...env, GOGC: process.env.GOGC ?? '400' }
    await exec('go', args, listening(said, work), { cwd: root, env: settings, timeout: LONGEST, echo: true, background: true })
  } catch (error) {
    work.signal.throwIfAborted()
    throw goFailure(source, said, error)
  }
}

/** `go build -v` names each package that it has to compile, which is what can be waited for; the rest of what it says is for the log. */
function listening(said: string[], work: Work): Work {
  let packages = 0
  return {
    signal: work.signal,
    waiting: work.waiting,
    log: line => {
      if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) {
        packages += 1
        work.waiting(`${packages} packages compiled, now ${line}`)
      } else if (/^go: downloading /.test(line)) {
        work.waiting(line.slice('go: '.length))
      } else {
        said.push(line)
        work.log(line)
      }
    },
  }
}

/** A message of the compiler about a place in a file. */
interface Complaint {
  readonly where: string
  readonly message: string
}

/** What `go build` printed about places, as `file:line:column` from the folder that it ran in. Pure. */
export function complaints(lines: readonly string[]): Complaint[] {
  return lines.flatMap(line => {
    const match = /^(?:vet: )?(\S+\.(?:go|mod|s|c|h)):(\d+)(?::(\d+))?: (.+)$/.exec(line)
    if (!match) return []
    const [, file = '', row = '', column, message = ''] = match
    return [{ where: [file, row, ...(column ? [column] : [])].join(':'), message }]
  })
}

/** At most so many places in an error. */
const PLACES = 10

function goFailure(source: ManagerSource, said: readonly string[], error: unknown): unknown {
  if (!(error instanceof Failure)) return error
  const what = `the manager of ${source.name} does not compile`
  if (said.length === 0 && /could not be started/.test(error.what)) {
    const remedy = 'install Go: in a workflow, uses: actions/setup-go with go-version-file'
    return new Failure({
      what: `the manager of ${source.name} cannot be compiled`,
      why: 'there is no go command on PATH',
      remedy,
      cause: error,
    })
  }
  const found = complaints(said)
  const why = found[0]?.message ?? said.findLast(line => /^[^\s#]/.test(line)) ?? error.why
  const where = found.slice(0, PLACES).map(complaint => fromHere(source.root, complaint.where))
  return new Failure({ what, why, remedy: remedyFor(said), where, details: said.slice(-30), cause: error })
}

/** Seen from this process's folder, as an editor or an annotation needs it. */
export const fromHere = (root: string, where: string): string => {
  const path = where.startsWith('/') ? where : join(root, where)
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}

function remedyFor(said: readonly string[]): string | undefined {
  const text = said.join('\n')
  return REMEDIES.find(([symptom]) => symptom.test(text))?.[1]
}

/** What Go says, and what to do about it; the first that fits. */
const REMEDIES: readonly (readonly [symptom: RegExp, remedy: string])[] = [
  [
    /toolchain not available|download go\S+ for \S+: |golang\.org\/toolchain@\S+: /,
    'the module wants a newer Go than this machine has, and it cannot be fetched: install it, or have GOPROXY reach a proxy that has it',
  ],
  [/requires go >= [\d.]+ \(running go/, 'install a newer Go, or set GOTOOLCHAIN=auto so that Go fetches it'],
  [
    /pattern .+: no matching files found|pattern .+: cannot embed/,
    'a file that is generated is missing: have it made before, by the hook `before-build` or in a step before this one',
  ],
  [/inconsistent vendoring/, 'run go mod vendor in that folder, or remove its folder vendor'],
  [
    /replacement directory \S+ does not exist|\(replaced by \.\.?\/\S*\): reading /,
    'a module that go.mod replaces by a folder is not there: check out the whole repository',
  ],
  [/missing go\.sum entry|updates to go\.mod needed/, 'run go mod tidy in that folder'],
  [/no space left on device/, 'free disk space: go clean -cache'],
  [/signal: killed/, 'the compiler ran out of memory: have fewer builds run at the same time, or give the machine more'],
  [/dial tcp|i\/o timeout|connection refused|no such host/, 'check that the module proxy is reachable, see GOPROXY'],
]
