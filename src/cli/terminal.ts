/** The terminal as the command's commands see it: how a run is shown, how an interruption arrives, how errors end the process. */
import { styleText } from 'node:util'
import { isCancellation } from '../host/failure.ts'
import { allLines, type Explanation, explain, headLines } from '../report/failure.ts'
import type { RunListener } from '../run/events.ts'

/** Codes that the command ends with. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

export const print = (line = ''): void => void process.stdout.write(`${line}\n`)

export const printError = (error: unknown, redact: (text: string) => string): void => {
  const explanation = explain(error)
  for (const line of coloured(explanation).map(redact)) process.stderr.write(`${line}\n`)
}

function coloured(explanation: Explanation): string[] {
  if (!process.stderr.isTTY) return allLines(explanation)
  const head = headLines(explanation)
  const rest = allLines(explanation).slice(head.length)
  return [
    ...head.map((line, index) => (index === 0 ? styleText(['red', 'bold'], line) : line)),
    ...rest.map(line => styleText('dim', line)),
  ]
}

export interface View {
  readonly listener: RunListener
  readonly stop: () => void
}

/** The live tree where standard output is a terminal that can draw it, plain lines elsewhere. */
export async function openView(redact: (text: string) => string): Promise<View> {
  if (process.stdout.isTTY && process.env.TERM !== 'dumb' && !process.env.CI) {
    const { liveTree } = await import('../report/tree.ts')
    return liveTree(process.stdout, redact)
  }
  const { everySecond, lineView } = await import('../report/log.ts')
  const view = lineView({ write: line => print(redact(line)) })
  return { listener: view.listener, stop: everySecond(view.tick) }
}

/** A signal that fires at the first Ctrl-C (or SIGTERM), when `words` are said; the second one ends the process at once. */
export function interruptible(words: () => string | undefined): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(exitCodes.interrupted)
      const said = words()
      if (said !== undefined) process.stderr.write(`\n${said}\n`)
      stop.abort()
    })
  return stop.signal
}

export const wasInterrupted = (error: unknown, signal: AbortSignal): boolean => signal.aborted && isCancellation(error)
