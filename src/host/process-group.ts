/** A command and all that it starts, as one process group: ended together, or waited for together. */
import { setTimeout as sleep } from 'node:timers/promises'
import { StoppedByFailure } from './failure.ts'

export type OnCancel = 'end' | 'end-alone' | 'finish'

/** ms that a command that is cancelled or out of time and its children may take to come to their end before they are killed; GitHub's runner kills us after 7.5 s. */
const GRACE = { end: 5_000, 'end-alone': 6_000, finish: 6_000 } as const
/** ms instead, where nobody ends us but a failure of ours: an engine that is slow to make a container must have made it before clean-up looks (seen: more than 6 s). */
const PATIENT_GRACE = 20_000
/** ms after which what was killed isn't waited for any more: where nobody reaps orphans (PID 1 of some containers), they stay in the list for ever. */
const AFTER_KILL = 1_000
const POLL = 20

/** Leaders of the groups that run. Leaving without waiting (a second Ctrl-C, a crash of ours) ends them. */
const running = new Set<number>()
process.on('exit', () => {
  for (const leader of running) signalGroup(leader, 'SIGTERM')
})

export interface ProcessGroup {
  /** True when the command, or a child that holds its output open, ran longer than it may. */
  timedOut(): boolean
  /** To be called when the command has ended; resolves when, after a cancellation or the time limit, its children have too. */
  ended(): Promise<void>
}

export interface Limits {
  readonly signal: AbortSignal
  readonly onCancel: OnCancel
  /** Seconds after which the whole group is ended. */
  readonly timeout: number
  /** Lets go of its output: a child that has left the group may hold that open. */
  readonly release: () => void
}

/** Keeps the group of `leader`, which is undefined for a command that could not be started, to its limits. */
export function groupOf(leader: number | undefined, { signal, onCancel, timeout, release }: Limits): ProcessGroup {
  if (leader === undefined) return { timedOut: () => false, ended: async () => {} }
  running.add(leader)
  let timedOut = false
  let killer: NodeJS.Timeout | undefined
  const killAfter = (grace: number): void => {
    killer ??= setTimeout(() => {
      signalGroup(leader, 'SIGKILL')
      release()
    }, grace)
  }
  const cancel = (): void => {
    if (onCancel === 'end') signalGroup(leader, 'SIGTERM')
    if (onCancel === 'end-alone') signalOne(leader, 'SIGTERM')
    killAfter(graceFor(onCancel, signal))
  }
  signal.addEventListener('abort', cancel, { once: true })
  const limit = setTimeout(() => {
    timedOut = true
    signalGroup(leader, 'SIGTERM')
    killAfter(GRACE.end)
  }, timeout * 1000)
  return {
    timedOut: () => timedOut,
    async ended() {
      clearTimeout(limit)
      const deadline = Date.now() + graceFor(onCancel, signal) + AFTER_KILL
      while ((signal.aborted || timedOut) && signalGroup(leader, 0) && Date.now() < deadline) await sleep(POLL)
      signal.removeEventListener('abort', cancel)
      clearTimeout(killer)
      running.delete(leader)
    },
  }
}

const graceFor = (onCancel: OnCancel, { reason }: AbortSignal): number =>
  onCancel !== 'end' && reason instanceof StoppedByFailure ? PATIENT_GRACE : GRACE[onCancel]

/** False where there is no such group any more. Signal 0 only asks. */
const signalGroup = (leader: number, signal: NodeJS.Signals | 0): boolean => send(-leader, signal)

const signalOne = (pid: number, signal: NodeJS.Signals): boolean => send(pid, signal)

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
