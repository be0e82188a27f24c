/** What has been collected so far: files in one folder, and what there is none of. Whatever fails says so here and stops nothing else. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../host/failure.ts'
import { oneLine } from '../kube/objects.ts'
import { limitTo } from '../kube/retry.ts'

export interface Missing {
  readonly what: string
  readonly why: string
  /** False where there is nothing to have: a container that has not started has no log. */
  readonly failed: boolean
}

export interface Collection {
  /** What each file holds, by its path in the folder. */
  readonly files: ReadonlyMap<string, string>
  readonly missing: readonly Missing[]
  /**
   * What `act` returns; undefined where it failed or took too long, which is noted. Never asked from within another `act`: only so many run at once.
   * @param absent Whether the error says that there is no such thing.
   */
  attempt<T>(what: string, act: (signal: AbortSignal) => Promise<T>, absent?: (error: unknown) => boolean): Promise<T | undefined>
  /** Writes a file; `path` holds the names of its folders and its own. */
  write(path: readonly string[], holds: string, text: string): Promise<void>
  /** Notes that there is nothing to have. */
  leaveOut(what: string, why: string): void
}

/** Milliseconds. */
export interface Limits {
  /** For one request or command. */
  readonly each: number
  /** For all of them. */
  readonly all: number
}

/** Requests and commands at the same time: what is sick already must not be made worse. */
const AT_ONCE = 8

/** @param redact Takes secrets out of every text that is written. */
export function startCollection(folder: string, redact: (text: string) => string, limits: Limits, cancelled: AbortSignal): Collection {
  const files = new Map<string, string>()
  const missing: Missing[] = []
  const limit = limitTo(AT_ONCE)
  const timeIsUp = AbortSignal.any([cancelled, AbortSignal.timeout(limits.all)])
  return {
    files,
    missing,
    attempt: (what, act, absent = () => false) =>
      limit(async () => {
        const tooLong = AbortSignal.timeout(limits.each)
        const signal = AbortSignal.any([timeIsUp, tooLong])
        try {
          return await unlessAborted(signal, act)
        } catch (error) {
          const why = timeIsUp.aborted
            ? `the ${limits.all / 1000} s for all were over`
            : tooLong.aborted
              ? `it did not come within ${limits.each / 1000} s`
              : oneLine(messageOf(error))
          missing.push({ what, why, failed: !absent(error) })
          return undefined
        }
      }),
    async write(path, holds, text) {
      const file = path.map(safeName).join('/')
      try {
        await mkdir(dirname(join(folder, file)), { recursive: true })
        await writeFile(join(folder, file), redact(text))
        files.set(file, holds)
      } catch (error) {
        missing.push({ what: file, why: oneLine(messageOf(error)), failed: true })
      }
    },
    leaveOut: (what, why) => void missing.push({ what, why, failed: false }),
  }
}

/** Also of what doesn't listen to the signal, such as a command that a kubeconfig runs for credentials. */
async function unlessAborted<T>(signal: AbortSignal, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([act(signal), promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** What every file system and artifact takes, and never a folder above. */
const safeName = (name: string): string => name.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '_')
