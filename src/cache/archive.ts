/** Folders as archives, tar in zstd. Times are kept to the nanosecond (pax headers): by those of executables the next run knows that they are up to date. */
import { createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import { execPiped } from '../host/piped.ts'
import type { Work } from '../host/work.ts'
import { moveInto } from './move.ts'

export interface FolderContent {
  readonly kind: 'folder'
  readonly folder: string
  /** Files and folders in it, or `.` for all. */
  readonly members: readonly string[]
  /** Patterns of files that nobody misses; `*` stands for slashes too. */
  readonly without?: readonly string[]
}

/** A command that writes what is to be kept. */
export interface Packing {
  readonly command: string
  readonly args: readonly string[]
}

/** @throws Failure when a member is not there. */
export async function folderPacking({ folder, members, without = [] }: FolderContent): Promise<Packing> {
  for (const member of members)
    await access(join(folder, member)).catch((cause: unknown) => {
      throw new Failure({ what: `${join(folder, member)} is not there`, cause })
    })
  // GNU's tar and BSD's, which macOS has, take these alike.
  const excluded = without.flatMap(pattern => ['--exclude', pattern])
  return { command: 'tar', args: ['--format=posix', ...excluded, '-cf', '-', '-C', folder, ...members] }
}

/**
 * Writes what a command writes to `file`, compressed.
 * @returns its bytes; undefined when it would be larger than `most`.
 */
export async function pack({ command, args }: Packing, file: string, most: number, work: Work): Promise<number | undefined> {
  let bytes = 0
  const limit = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      done(bytes > most ? new TooLarge() : null, chunk)
    },
  })
  try {
    // With a checksum of the content: what was cut or changed on its way is found while it is read.
    const zstd = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })
    await execPiped(command, args, { to: [zstd, limit, createWriteStream(file)] }, work)
    return bytes
  } catch (error) {
    if (error instanceof TooLarge) return undefined
    throw error
  }
}

class TooLarge extends Error {}

/** Gives the content of `file` to a command. */
export const unpack = ({ command, args }: Packing, file: string, work: Work): Promise<void> =>
  execPiped(command, args, { from: [createReadStream(file, { highWaterMark: 1024 * 1024 }), createZstdDecompress()] }, work)

/** Unpacks `file` in a corner of `folder`, and moves what it holds to its place when all of it is whole: a broken archive changes nothing. */
export async function unpackInto(folder: string, file: string, work: Work): Promise<void> {
  await mkdir(folder, { recursive: true })
  const corner = await mkdtemp(join(folder, '.capi-actions-'))
  try {
    await unpack({ command: 'tar', args: ['-xpf', '-', '--no-same-owner', '-C', corner] }, file, work)
    for (const name of await readdir(corner)) await moveInto(join(corner, name), join(folder, name))
  } finally {
    await removeTree(corner)
  }
}

/** Go's modules lie in folders that may not be written. */
async function removeTree(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(async () => {
    const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
    await exec('chmod', ['-R', 'u+w', folder], work, { allow: [1] })
    await rm(folder, { recursive: true, force: true })
  })
}
