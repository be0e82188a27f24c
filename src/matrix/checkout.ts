/** Reads go.mod and metadata.yaml of a provider's checkout, as it is or at git refs. The only part of this room that reads the disk. */
import { readFile, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type Provider, type ProviderFiles, provider } from './provider.ts'

const GO_MOD = 'go.mod'

/** Where clusterctl's metadata stands: at the root of all but one of the provider repositories looked at, in `config` of Kamaji's. */
const METADATA = ['metadata.yaml', 'config/metadata.yaml']

export interface Providers {
  readonly providers: readonly Provider[]
  readonly notices: readonly string[]
}

/**
 * The provider at each of `refs`, or as it stands in the checkout where there are none. A ref that the clone does not have is read from the checkout too.
 * @param repository Its folder, as it was said.
 * @throws Failure when there is no such folder, or a file can't be read.
 */
export async function readProviders(repository: string, refs: readonly string[], work: Work): Promise<Providers> {
  const root = resolve(repository)
  await requireFolder(root, repository)
  const checkout = await filesOf(path => readText(root, path))
  if (refs.length === 0) return { providers: [provider('', checkout)], notices: [] }
  const found: Provider[] = []
  const missing: string[] = []
  for (const ref of new Set(refs)) {
    const commit = await commitOf(ref, root, work)
    if (commit === undefined) missing.push(ref)
    found.push(provider(ref, commit === undefined ? checkout : await filesAt(ref, commit, root, work)))
  }
  const notice = `the clone has no ${missing.join(', ')}: contract and Cluster API version are those of the checkout (\`fetch-depth: 0\` brings all refs)`
  return { providers: found, notices: missing.length > 0 ? [notice] : [] }
}

async function requireFolder(root: string, said: string): Promise<void> {
  const isFolder = await stat(root).then(
    found => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new Failure({ what: `repository is ${said}, but there is no such folder`, where: 'input repository' })
}

/** `read` returns a text with the name that errors have for it. */
async function filesOf(read: (path: string) => Promise<{ text: string; file: string } | undefined>): Promise<ProviderFiles> {
  const goMod = await read(GO_MOD)
  for (const path of METADATA) {
    const metadata = await read(path)
    if (metadata !== undefined) return { goMod: goMod?.text, metadata }
  }
  return { goMod: goMod?.text, metadata: undefined }
}

async function readText(root: string, path: string): Promise<{ text: string; file: string } | undefined> {
  const file = join(root, path)
  try {
    return { text: await readFile(file, 'utf8'), file: shortest(file) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Failure({ what: `${path} of the provider can't be read`, why: messageOf(error), where: shortest(file), cause: error })
  }
}

/** The commit that a ref means, a branch of the remote first: that is what actions/checkout would take. */
async function commitOf(ref: string, root: string, work: Work): Promise<string | undefined> {
  for (const name of [`refs/remotes/origin/${ref}`, `refs/tags/${ref}`, ref]) {
    const found = await git(['rev-parse', '--verify', '--quiet', `${name}^{commit}`], root, work, { none: 1 })
    if (found !== '') return found?.trim()
  }
  return undefined
}

const filesAt = (ref: string, commit: string, root: string, work: Work): Promise<ProviderFiles> =>
  filesOf(async path => {
    // With "./" it is the path from this folder, which may be one inside of a repository.
    const text = await git(['show', `${commit}:./${path}`], root, work, { none: 128 })
    return text ? { text, file: `${path} at ${ref}` } : undefined
  })

/** What git prints, nothing where it exits with the code that means that there is none; undefined, with the reason in the log, where it can't tell. */
async function git(args: readonly string[], cwd: string, work: Work, { none }: { none: number }): Promise<string | undefined> {
  try {
    const { stdout, exitCode } = await exec('git', args, work, { cwd, timeout: 30, allow: [none] })
    return exitCode === 0 ? stdout : ''
  } catch (error) {
    work.signal.throwIfAborted()
    work.log(messageOf(error))
    return undefined
  }
}

/** From the working directory where it lies below. */
function shortest(file: string): string {
  const short = relative(process.cwd(), file)
  return short.startsWith('..') ? file : short
}
