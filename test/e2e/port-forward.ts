/** The built `capi-actions port-forward`, running while a test looks. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Forwarding {
  /** What it has said. */
  readonly said: () => string
  /** Resolves when it has said this. */
  readonly until: (words: RegExp) => Promise<void>
  /** Ends it by a signal. @returns its exit code. */
  readonly end: (signal: 'SIGINT' | 'SIGTERM') => Promise<number | null>
}

/** Resolves when it has said what it forwards. */
export async function portForward(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Forwarding> {
  const child = spawn(process.execPath, ['dist/capi-actions.js', 'port-forward', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk
      process.stdout.write(chunk)
    })
  const until = async (words: RegExp) => {
    while (!words.test(text)) {
      if (hasEnded(child)) throw new Error(`port-forward ended with code ${child.exitCode}: ${text}`)
      await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
    }
  }
  await until(/ → /)
  return {
    said: () => text,
    until,
    async end(signal) {
      const closed = once(child, 'close')
      child.kill(signal)
      if (!hasEnded(child)) await closed
      return child.exitCode
    },
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null
