/** `restore managers`, `restore go-…`: executables of an earlier job, and where they are not those of these sources, Go's own caches to compile with. */
import { join, relative } from 'node:path'
import { z } from 'zod'
import { unpackInto } from '../cache/archive.ts'
import { isExact, type Lookup, lookUp } from '../cache/entries.ts'
import { digestOf, keyOf } from '../cache/keys.ts'
import type { SaveOrder } from '../cache/order.ts'
import { digestSources, type SourceDigests } from '../cache/sources.ts'
import { exec } from '../host/exec.ts'
import type { Work } from '../host/work.ts'
import type { CompiledManager, ManagerSource } from '../images/compile.ts'
import { SETTINGS } from '../images/inputs.ts'
import { type Cached, type Caching, cacheFor, noCaching, orderOf, type Ran, type RestoreTask, restoreTask } from './cache-tasks.ts'
import { type Task, task } from './task.ts'

const goSettings = z
  .object({ GOVERSION: z.string(), GOFLAGS: z.string(), GOEXPERIMENT: z.string(), GOCACHE: z.string(), GOMODCACHE: z.string() })
  .catchall(z.string())
type GoSettings = z.infer<typeof goSettings>

/** Beginnings of keys stand before those that they are of. */
interface BuildKeys {
  readonly go: GoSettings
  readonly managers: readonly [key: string, ...beginnings: string[]]
  readonly modules: readonly [key: string, ...beginnings: string[]]
  readonly build: readonly [key: string, ...beginnings: string[]]
  /** What the cache has of managers, where it was asked. */
  readonly found: Lookup | undefined
}

export interface GoCaching {
  /** What a compiler waits for. */
  readonly before: readonly Task[]
  /** @param noted The task after which it is noted what the managers were built from. */
  caching(compiled: readonly Task<CompiledManager>[], noted: Task): Caching
}

/** @param roots Checkouts that the sources are in. */
export function goCaching(cached: Cached, roots: readonly string[], sources: readonly ManagerSource[]): GoCaching {
  const [ofManagers, ofGo] = [cacheFor('managers', cached), cacheFor('go', cached)]
  if (sources.length === 0 || (ofManagers === undefined && ofGo === undefined)) return { before: [], caching: () => noCaching }
  const folder = join(cached.settings.cacheDir, 'managers')

  const keys = task<BuildKeys | undefined>(
    'build keys',
    'Reads what the managers are built from, and asks the cache for them.',
    [],
    async work => {
      const [go, digests] = await Promise.all([readGoSettings(roots[0] ?? '.', work), digestAll(roots, work)])
      if (go === undefined) return undefined
      const managers = [
        keyOf('managers', settingsDigest(go, sources), digests.sources),
        `${keyOf('managers', settingsDigest(go, sources))}-`,
      ] as const
      const compiler = digestOf([go.GOVERSION, go.GOFLAGS, go.GOEXPERIMENT])
      return {
        go,
        managers,
        // Of another go.sum: nobody removes what it doesn't name any more, so that such entries would grow for ever.
        modules: [keyOf('go-modules', digests.modules)],
        build: [
          keyOf('go-build', compiler, digests.modules, digests.sources),
          `${keyOf('go-build', compiler, digests.modules)}-`,
          `${keyOf('go-build', compiler)}-`,
        ],
        found: ofManagers && (await lookUp(ofManagers, managers[0], managers.slice(1), work)),
      }
    },
  )

  const managers =
    ofManagers &&
    restoreTask(
      ofManagers,
      'managers',
      'Restores the executables of an earlier job; those that are not of these sources are built again.',
      [keys],
      async work => work.of(keys)?.found ?? 'there is no go command',
      (file, work) => unpackInto(folder, file, work),
    )
  const ofCompiler = (
    name: string,
    docs: string,
    keyIn: (keys: BuildKeys) => readonly [string, ...string[]],
    folderIn: (go: GoSettings) => string,
  ) =>
    ofGo &&
    restoreTask(
      ofGo,
      name,
      docs,
      [keys],
      async work => {
        const known = work.of(keys)
        if (known === undefined) return 'there is no go command'
        if (known.found !== undefined && isExact(known.found)) return 'the managers are in the cache'
        const [key, ...beginnings] = keyIn(known)
        return lookUp(ofGo, key, beginnings, work)
      },
      async (file, work) => {
        const known = work.of(keys)
        if (known !== undefined) await unpackInto(folderIn(known.go), file, work)
      },
    )
  const modules = ofCompiler(
    'go-modules',
    "Restores Go's module cache.",
    known => known.modules,
    go => go.GOMODCACHE,
  )
  const build = ofCompiler(
    'go-build',
    "Restores Go's build cache.",
    known => known.build,
    go => go.GOCACHE,
  )
  const restored = [managers, modules, build].filter(one => one !== undefined)

  return {
    before: restored,
    caching: (compiled, noted) => ({
      restored,
      saves: ran => {
        const known = ran.valueOf(keys)
        if (known === undefined || !compiled.every(one => ran.ended(one))) return []
        const { go } = known
        const members = sources.flatMap(({ output }) => withNote(relative(folder, output)))
        // Without a compiler's work there may be nothing in Go's caches.
        const worked = compiled.some(one => ran.valueOf(one)?.began !== undefined)
        return [
          ...(ran.ended(noted)
            ? ordered(managers, ran, { name: 'managers', key: known.managers[0], content: { kind: 'folder', folder, members } })
            : []),
          ...(worked
            ? [
                // Go needs an archive of a module only until it is unpacked, and its hash stands beside it.
                ...ordered(modules, ran, {
                  name: 'go-modules',
                  key: known.modules[0],
                  content: { kind: 'folder', folder: go.GOMODCACHE, members: ['.'], without: ['./cache/download/*.zip'] },
                }),
                ...ordered(build, ran, {
                  name: 'go-build',
                  key: known.build[0],
                  content: { kind: 'folder', folder: go.GOCACHE, members: ['.'] },
                }),
              ]
            : []),
        ]
      },
    }),
  }
}

async function digestAll(roots: readonly string[], work: Work): Promise<SourceDigests> {
  const [first, ...others] = await Promise.all(roots.map(root => digestSources(root, work)))
  if (first === undefined || others.length > 0) {
    const all = [first, ...others].flatMap(one => one ?? [])
    return { modules: digestOf(all.map(({ modules }) => modules)), sources: digestOf(all.map(({ sources }) => sources)) }
  }
  return first
}

const ordered = (restored: RestoreTask | undefined, ran: Ran, order: SaveOrder) =>
  restored === undefined ? [] : orderOf(ran.valueOf(restored), order)

/** An executable, and what it was built from (images/inputs.ts). */
const withNote = (executable: string): string[] => [executable, `${executable}.inputs.json`]

/** All by which `images/inputs.ts` would find that an executable is not up to date, beside the sources; folders too. */
const settingsDigest = ({ GOCACHE: _, ...go }: GoSettings, sources: readonly ManagerSource[]): string => digestOf([go, sources])

async function readGoSettings(root: string, work: Work): Promise<GoSettings | undefined> {
  try {
    const { stdout } = await exec('go', ['env', '-json', 'GOCACHE', ...SETTINGS], work, { cwd: root, timeout: 120 })
    return goSettings.parse(JSON.parse(stdout))
  } catch {
    // The compiler says why.
    work.signal.throwIfAborted()
    return undefined
  }
}
