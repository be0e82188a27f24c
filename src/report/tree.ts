/** The live view of a run for terminals: the tasks as a tree along what needs what, each with its state, time and what it waits for. */
import { stripVTControlCharacters, styleText } from 'node:util'
import { createLogUpdate } from 'log-update'
import type { RunEvent } from '../run/events.ts'
import { glyphs, noProgress, observe, type Progress, spent, type TaskProgress } from './progress.ts'
import { clock, elapsed } from './time.ts'
import { type Branch, treeOrder } from './tree-order.ts'

export interface Size {
  readonly rows: number
  readonly columns: number
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

const colours = { 'to come': 'dim', running: 'cyan', done: 'green', skipped: 'green', failed: 'red', cancelled: 'yellow' } as const

/** Starts drawing on `stream`, without what `redact` takes out; the returned `stop` leaves the last picture standing. */
export function liveTree(
  stream: NodeJS.WriteStream,
  redact: (text: string) => string,
): { listener: (event: RunEvent) => void; stop: () => void } {
  const progress = noProgress()
  const update = createLogUpdate(stream)
  const draw = () => update(redact(treeLines(progress, Date.now(), { rows: stream.rows || 24, columns: stream.columns || 80 }).join('\n')))
  const timer = setInterval(draw, 100)
  timer.unref()
  return {
    listener: event => void observe(progress, event),
    stop: () => {
      clearInterval(timer)
      draw()
      update.done()
      for (const notice of progress.notices) stream.write(`${redact(`note: ${notice}`)}\n`)
    },
  }
}

/** The picture at `now`. Where the terminal is too low, tasks that ended or are to come give way to those that run or failed. */
export function treeLines(progress: Progress, now: number, { rows, columns }: Size): string[] {
  // What never began because something else failed would hide what did.
  const branches = treeOrder([...progress.tasks.values()]).filter(({ task }) => task.state !== 'cancelled' || task.startedAt !== undefined)
  const hidden = hide(branches, rows - 2)
  const shown = branches.filter(one => !hidden.has(one))
  const width = Math.max(0, ...shown.map(({ task, depth }) => task.name.length + depth * 2))
  return [
    ...shown.map(({ task, depth }) => cut(lineOf(task, depth, width, now), columns)),
    ...(progress.tasks.size === 0 ? [] : [cut(footer(progress, hidden, now), columns)]),
  ]
}

/** What gives way first when there is no room. */
const GIVES_WAY: readonly TaskProgress['state'][] = ['skipped', 'done', 'cancelled', 'to come']

function hide(branches: readonly Branch<TaskProgress>[], room: number): Set<Branch<TaskProgress>> {
  const candidates = GIVES_WAY.flatMap(state => {
    const some = branches.filter(({ task }) => task.state === state)
    return state === 'to come' ? some.reverse() : some
  })
  return new Set(candidates.slice(0, Math.max(0, branches.length - room)))
}

function lineOf(task: TaskProgress, depth: number, width: number, now: number): string {
  const glyph = task.state === 'running' ? (SPINNER[Math.floor(now / 100) % SPINNER.length] ?? '') : glyphs[task.state]
  const name = `${'  '.repeat(depth)}${glyph} ${task.name}`.padEnd(width + 2)
  const time = task.startedAt === undefined ? '' : elapsed(spent(task, now)).padStart(11)
  const note = task.state === 'running' ? task.phrase : task.reason
  return [styleText(colours[task.state], name), time, note === undefined ? '' : styleText('dim', `  ${note}`)].join('')
}

function footer({ tasks, beganAt }: Progress, hidden: ReadonlySet<Branch<TaskProgress>>, now: number): string {
  const all = [...tasks.values()]
  const count = (...states: TaskProgress['state'][]) => all.filter(({ state }) => states.includes(state)).length
  const parts = [`${count('done', 'skipped')} of ${all.length} done`, `${count('running')} running`, clock(now - (beganAt ?? now))]
  if (hidden.size > 0) parts.push(`${hidden.size} not shown`)
  return styleText('dim', parts.join(' · '))
}

/** Cuts a line to the terminal's width; a line that wraps would shake the picture. Colours of a line that is cut are dropped. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length < columns ? line : `${plain.slice(0, Math.max(0, columns - 2))}…`
}
