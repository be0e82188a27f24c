/** Shows what is being made: how many of how many, what right now, for how long. A redrawn block on a terminal, plain lines elsewhere. */
import { createLogUpdate } from 'log-update'

export type Ended = 'done' | 'failed' | 'cancelled'

export interface Progress {
  /** What will be made; may be called again when more is found. */
  plan(names: readonly string[]): void
  started(name: string): void
  /** What it does right now, or '' for nothing worth saying. */
  doing(name: string, phrase: string): void
  ended(name: string, how: Ended): void
  /** One line that stays. */
  line(text: string): void
  stop(): void
}

interface Running {
  readonly since: number
  phrase: string
}

/** Seconds between plain lines about something that goes on. */
const REMIND = 60

/** Progress on `stream`. */
export function showProgress(stream: NodeJS.WriteStream, now: () => number = Date.now): Progress {
  const begin = now()
  const running = new Map<string, Running>()
  let ended = 0
  let total = 0
  const live = stream.isTTY ? createLogUpdate(stream) : undefined
  const elapsed = (since: number) => duration((now() - since) / 1000)
  const count = () => `[${ended}/${total}]`
  const draw = () => {
    if (running.size === 0) return live?.clear()
    const rows = [...running].map(([name, { since, phrase }]) => `  ${name.padEnd(28)} ${elapsed(since).padStart(7)}  ${phrase}`.trimEnd())
    live?.(`${count()} building the test environment, ${elapsed(begin)}\n${rows.join('\n')}`)
  }
  const say = (text: string) => {
    live?.clear()
    stream.write(`${text}\n`)
    draw()
  }
  const remind = () => {
    const names = [...running].map(([name, { since }]) => `${name} ${elapsed(since)}`)
    if (names.length > 0) say(`${count()} ${elapsed(begin)}: still at ${names.join(', ')}`)
  }
  const timer = setInterval(live ? draw : remind, live ? 1000 : REMIND * 1000)
  timer.unref()
  return {
    plan: names => {
      total += names.length
    },
    started: name => {
      running.set(name, { since: now(), phrase: '' })
      if (live) draw()
      else say(`${count()} ${name}`)
    },
    doing: (name, phrase) => {
      const item = running.get(name)
      if (!item || item.phrase === phrase) return
      item.phrase = phrase
      draw()
    },
    ended: (name, how) => {
      const since = running.get(name)?.since ?? now()
      running.delete(name)
      ended += how === 'done' ? 1 : 0
      if (how !== 'cancelled') say(`${count()} ${name} ${how} in ${elapsed(since)}`)
    },
    line: say,
    stop: () => {
      clearInterval(timer)
      live?.clear()
    },
  }
}

/** `9.4 s` or `3 min 07 s`. */
export const duration = (seconds: number): string =>
  seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)
        .toString()
        .padStart(2, '0')} s`
