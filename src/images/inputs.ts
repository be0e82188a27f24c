/**
 * What an executable was built from, by content, so that Go isn't asked again when nothing has changed: `go build` alone needs 1.5 s of a processor to find that out
 * for a manager that is up to date (measured). Modules in Go's cache can't change, go.sum names their hashes; the files of all other packages are read.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { exec } from '../host/exec.ts'
import type { Work } from '../host/work.ts'

/** One `go build`. */
export interface GoBuild {
  /** Folder with the go.mod. */
  readonly root: string
  readonly package: string
  /** Before the package; not where the executable goes. */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly output: string
}

/** Beside the executable, written after it. */
const stampFile = ({ output }: GoBuild): string => `${output}.inputs.json`

/** The folders of packages, and each go.mod of a module that is no release in Go's cache. */
const sources = z.object({ folders: z.array(z.object({ path: z.string(), embeds: z.boolean() })), modules: z.array(z.string()) })
type Sources = z.infer<typeof sources>

const stampSchema = z.object({
  inputs: sources,
  /** Of the inputs and of all else that goes into the build. */
  hash: z.string(),
  /** The executable as it was left: ms since 1970, bytes. */
  modified: z.number(),
  size: z.number(),
})

/** What of Go's settings goes into an executable. */
export const SETTINGS = [
  'GOVERSION',
  'GOFLAGS',
  'GOEXPERIMENT',
  'GOAMD64',
  'GOARM64',
  'GOFIPS140',
  'GOWORK',
  'GOROOT',
  'GOMODCACHE',
  'GOTOOLCHAIN',
]

/** Flags that bring in files which aren't looked at here. */
const ELSEWHERE = /-(overlay|modfile|toolexec|pgo|exec)\b/

/** @returns true when the executable is there and all that it was built from is as it was then. */
export async function isUpToDate(build: GoBuild, work: Work): Promise<boolean> {
  const stamp = await readStamp(stampFile(build))
  if (stamp === undefined) return false
  const binary = await stat(build.output).catch(() => undefined)
  if (binary?.mtimeMs !== stamp.modified || binary.size !== stamp.size) return false
  const settings = await goSettings(build, work)
  return settings !== undefined && (await hashOf(build, settings, stamp.inputs))?.hash === stamp.hash
}

/** To be called after a build that began at `began` (ms since 1970). What has been changed since then may not be in it: nothing is written down then. */
export async function rememberInputs(build: GoBuild, began: number, work: Work): Promise<void> {
  const settings = await goSettings(build, work)
  if (settings === undefined) return
  const inputs = await sourcesOf(build, settings, work)
  if (inputs.folders.length === 0) return
  const now = await hashOf(build, settings, inputs)
  if (now === undefined || now.changed >= began) return
  const { mtimeMs, size } = await stat(build.output)
  const stamp: z.infer<typeof stampSchema> = { inputs, hash: now.hash, modified: mtimeMs, size }
  await writeFile(stampFile(build), JSON.stringify(stamp))
}

async function readStamp(file: string): Promise<z.infer<typeof stampSchema> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return stampSchema.parse(JSON.parse(text))
  } catch {
    // One that was cut short, or of another version of ours: as good as none.
    return undefined
  }
}

/** Nothing where the settings bring in what cannot be seen from here, or where Go doesn't tell: the build says why. */
async function goSettings({ root, env }: GoBuild, work: Work): Promise<Record<string, string> | undefined> {
  const { stdout } = await quietly(['env', '-json', ...SETTINGS], root, env, work)
  if (stdout === '') return undefined
  const settings = z.record(z.string(), z.string()).parse(JSON.parse(stdout))
  return ELSEWHERE.test(settings.GOFLAGS ?? '') ? undefined : settings
}

/** What Go answers, or nothing where it fails. */
async function quietly(args: readonly string[], cwd: string, env: GoBuild['env'], work: Work): Promise<{ stdout: string }> {
  try {
    return await exec('go', args, work, { cwd, env, background: true })
  } catch {
    work.signal.throwIfAborted()
    return { stdout: '' }
  }
}

const listed = z.object({
  Dir: z.string(),
  Standard: z.boolean().optional(),
  EmbedPatterns: z.array(z.string()).optional(),
  Module: z.object({ GoMod: z.string().optional() }).optional(),
})

async function sourcesOf({ root, package: name, flags, env }: GoBuild, settings: Record<string, string>, work: Work): Promise<Sources> {
  const args = ['list', '-deps', ...flags, '-json=Dir,Standard,EmbedPatterns,Module', name]
  const { stdout } = await quietly(args, root, env, work)
  const packages = documents(stdout)
    .map(text => listed.parse(JSON.parse(text)))
    .filter(({ Standard, Dir }) => !Standard && !Dir.startsWith(`${settings.GOMODCACHE}/`))
  return {
    folders: packages.map(({ Dir, EmbedPatterns }) => ({ path: Dir, embeds: EmbedPatterns !== undefined })),
    modules: [...new Set(packages.flatMap(({ Module }) => Module?.GoMod ?? []))].sort(),
  }
}

/** `go list -json` writes one object after another, each closed by a brace at the start of a line. */
const documents = (text: string): string[] => text.split(/(?<=^\})\n/m).filter(document => document.trim() !== '')

/** @returns nothing where something cannot be read; `changed`: when the newest of the files was (ms since 1970). */
async function hashOf(
  { root, package: name, flags, env }: GoBuild,
  settings: Record<string, string>,
  { folders, modules }: Sources,
): Promise<{ hash: string; changed: number } | undefined> {
  try {
    const work = settings.GOWORK && settings.GOWORK !== 'off' ? [settings.GOWORK, settings.GOWORK.replace(/\.work$/, '.work.sum')] : []
    const loose = await Promise.all([...modules, join(root, 'go.sum'), join(root, 'vendor/modules.txt'), ...work].map(file => digest(file)))
    const inFolders = await Promise.all(folders.map(folderDigests))
    const all = [...loose, ...inFolders.flat()]
    const hash = createHash('sha256').update(JSON.stringify({ root, name, flags, env, settings, all: all.map(({ line }) => line) }))
    return { hash: hash.digest('hex'), changed: Math.max(...all.map(({ changed }) => changed)) }
  } catch {
    return undefined
  }
}

interface Digest {
  readonly line: string
  readonly changed: number
}

async function folderDigests({ path, embeds }: Sources['folders'][number]): Promise<Digest[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: embeds })
  const files = entries
    // Whatever its name, a file may be embedded.
    .filter(entry => !entry.isDirectory() && (embeds || !entry.name.endsWith('_test.go')))
    .map(entry => join(entry.parentPath, entry.name))
  return Promise.all(files.sort().map(file => digest(file)))
}

/** Of a file that need not be there. */
async function digest(file: string): Promise<Digest> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(file), stat(file)])
    return { line: `${file} ${createHash('sha256').update(content).digest('hex')}`, changed: mtimeMs }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { line: `${file} absent`, changed: 0 }
    throw error
  }
}
