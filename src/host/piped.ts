/** External commands whose input or output is too large to be held: archives on their way to or from a file. */
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { commandLine } from './exec.ts'
import { Failure } from './failure.ts'
import { groupOf } from './process-group.ts'
import type { Work } from './work.ts'

/** One of the two: what the command reads, or where what it writes goes, one stream into the next. */
export type Ends =
  | { readonly from: readonly [Readable, ...NodeJS.ReadWriteStream[]] }
  | { readonly to: readonly [...NodeJS.ReadWriteStream[], Writable] }

/** Seconds: as long as anything that is cached may take. */
const LONGEST = 1800

/**
 * Runs `command` with `args` between streams.
 * @throws Failure when it cannot be started or exits with another code than 0; what a stream threw, where that is what broke it.
 */
export async function execPiped(command: string, args: readonly string[], ends: Ends, work: Work): Promise<void> {
  work.signal.throwIfAborted()
  const reads = 'from' in ends
  const child = execa(command, args, {
    reject: false,
    detached: true,
    buffer: { stdout: false, stderr: true },
    stdin: reads ? 'pipe' : 'ignore',
    stdout: reads ? 'ignore' : 'pipe',
  })
  const release = () => [child.stdin, child.stdout].forEach(stream => void stream?.destroy())
  const group = groupOf(child.pid, { signal: work.signal, onCancel: 'end', timeout: LONGEST, release })
  const flow = reads ? [...ends.from, child.stdin] : [child.stdout, ...ends.to]
  const [flowed, ended] = await Promise.allSettled([pipeline(flow as Parameters<typeof pipeline>[0] & NodeJS.ReadWriteStream[]), child])
  await group.ended()
  work.signal.throwIfAborted()
  const result = ended.status === 'fulfilled' ? ended.value : undefined
  // A command that ends early breaks its pipe: then the command is what failed, else the stream is.
  if (flowed.status === 'rejected' && !isBrokenPipe(flowed.reason)) throw flowed.reason
  if (result !== undefined && !result.failed && flowed.status === 'fulfilled') return
  const why =
    String(result?.stderr ?? '')
      .trim()
      .split('\n')
      .at(-1) || (flowed.status === 'rejected' ? String(flowed.reason) : undefined)
  const how = result?.exitCode === undefined ? 'could not be run' : `exited with code ${result.exitCode}`
  throw new Failure({
    what: `${commandLine(command, args)} ${group.timedOut() ? `did not end within ${LONGEST} s` : how}`,
    why,
    cause: result?.cause,
  })
}

const isBrokenPipe = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes(String(error.code))
