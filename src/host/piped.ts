/** External commands whose input or output is too large to be held: archives on their way to or from a file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { commandLine } from './exec.ts'
import { Failure, messageOf } from './failure.ts'
import { groupOf } from './process-group.ts'
import type { Work } from './work.ts'

/** One of the two: what the command reads, or where what it writes goes, through all streams in turn. */
export type Ends =
  | { readonly from: readonly [Readable, ...NodeJS.ReadWriteStream[]] }
  | { readonly to: readonly [...NodeJS.ReadWriteStream[], Writable] }

/** Seconds. */
const LONGEST = 1800
/** Characters of what a command says that are kept for its error. */
const KEPT = 4000

/**
 * Runs `command` with `args` between streams.
 * @throws Failure when it cannot be started or exits with another code than 0; what a stream threw, where that is what broke it.
 */
export async function execPiped(command: string, args: readonly string[], ends: Ends, work: Work): Promise<void> {
  work.signal.throwIfAborted()
  const reads = 'from' in ends
  const child = spawn(command, args, { detached: true, stdio: [reads ? 'pipe' : 'ignore', reads ? 'ignore' : 'pipe', 'pipe'] })
  const { stdin, stdout, stderr } = child
  const release = () => [stdin, stdout, stderr].forEach(stream => void stream?.destroy())
  const group = groupOf(child.pid, { signal: work.signal, onCancel: 'end', timeout: LONGEST, release })
  const ending = endOf(child)
  const flow = reads ? [...ends.from, ...(stdin ? [feeding(stdin)] : [])] : [...(stdout ? [stdout] : []), ...ends.to]
  const flowed = await pipeline(flow).catch((error: unknown) => ({ error }))
  const { code, said, failure } = await ending
  await group.ended()
  work.signal.throwIfAborted()
  // The pipe of a command that is not there, or is killed, breaks: then the command is what failed, else a stream is.
  if (flowed !== undefined && failure === undefined && !isBroken(flowed.error)) throw flowed.error
  if (flowed === undefined && code === 0) return
  const how = failure ? 'could not be started' : group.timedOut() ? `did not end within ${LONGEST} s` : `exited with code ${code ?? '?'}`
  const why = said.trim().split('\n').at(-1) || (failure && messageOf(failure)) || undefined
  throw new Failure({ what: `${commandLine(command, args)} ${how}`, why, cause: failure ?? flowed?.error })
}

const isBroken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'

interface End {
  readonly code: number | null
  /** The last of its standard error. */
  readonly said: string
  readonly failure?: Error
}

function endOf(child: ChildProcess): Promise<End> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-KEPT)
  })
  return new Promise(resolve => {
    child.on('error', failure => resolve({ code: null, said, failure }))
    child.on('close', code => resolve({ code, said }))
  })
}

/**
 * Writes to a command for as long as that reads: tar has what it wants when it has seen the end of the archive, but whether all of it came as it was packed is known
 * only at the end of the stream.
 */
function feeding(stdin: Writable): Writable {
  let closed = false
  let waiting = () => {}
  const goOn = () => {
    const done = waiting
    waiting = () => {}
    done()
  }
  const close = () => {
    closed = true
    goOn()
  }
  stdin.on('drain', goOn).on('error', close).on('close', close)
  return new Writable({
    write(chunk, _, done) {
      if (closed || stdin.write(chunk)) done()
      else waiting = done
    },
    final(done) {
      stdin.end()
      done()
    },
    destroy(error, done) {
      if (error) stdin.destroy()
      done(error)
    },
  })
}
