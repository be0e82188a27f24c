/** Runs a JavaScript action: alone knows whether it is the main or the post step, how outputs are set, what is masked, and how an error is shown. */
import { Failure, isCancellation, messageOf } from './failure.ts'
import { addPaths, addSummary, command, type Environment, foldedOutput, inert, inputsIn, setValues } from './runner.ts'
import { version } from './version.ts'

/** What an action may do while it runs. */
export interface ActionStep<State = never> {
  /** How the job's page calls it. */
  readonly title: string
  readonly inputs: Readonly<Record<string, string>>
  readonly env: Environment
  /** Fires when the job is cancelled. */
  readonly signal: AbortSignal
  /** One line of the log. */
  readonly say: (line: string) => void
  /** Lines of other programs, behind a fold. */
  readonly sayFolded: (title: string, lines: readonly string[]) => void
  /** A notice on the job's page. */
  readonly notice: (sentence: string) => void
  /** A warning there. */
  readonly warn: (sentence: string) => void
  /** From now on these never show in a log. */
  readonly mask: (secrets: readonly string[]) => void
  /** Hands a value to the post step; the last one counts. */
  readonly remember: (state: State) => void
  /** Markdown for the job's page. */
  readonly summarize: (markdown: string) => void
}

export interface ActionResult {
  readonly outputs: Readonly<Record<string, string>>
  /** Variables for later steps. */
  readonly environment?: Readonly<Record<string, string>>
  /** Folders for the PATH of later steps. */
  readonly paths?: readonly string[]
  /** What the step fails with. The rest is set all the same, for later steps that run on failure. */
  readonly failure?: unknown
}

/** `State` is what main hands to post: a value that JSON can hold. */
export interface Action<State> {
  /** Its folder in `actions`; the root action has none. */
  readonly name?: string
  main(step: ActionStep<State>): Promise<ActionResult>
  /**
   * For actions that have a post step. `remembered` is what main handed over, undefined where main didn't come that far. What it throws is a warning: it never
   * fails a job.
   */
  post?(step: ActionStep<State>, remembered: State | undefined): Promise<void>
  /** Of an action whose post step removes nothing. */
  readonly leavesAll?: true
  /** How an error reads; `lines` begin with what failed. */
  explain(error: unknown): Shown
}

export interface Shown {
  readonly lines: readonly string[]
  readonly where: readonly string[]
  readonly folded: readonly { readonly title: string; readonly lines: readonly string[] }[]
  /** All of it, for the job's page. */
  readonly markdown: string
}

/** Names under which main speaks to post: the runner gives them back as `STATE_<name>`. */
const MAIN_RAN = 'isPost'
const REMEMBERED = 'remembered'

/** Characters that the runner shows of an annotation. */
const LONGEST_ANNOTATION = 4096

/** Runs main or post and ends the process: an open socket must not keep a job waiting. */
export async function runAction<State>(action: Action<State>): Promise<never> {
  const env = process.env
  const isPost = env[`STATE_${MAIN_RAN}`] === 'true'
  const title = action.name === undefined ? 'capi-actions' : `capi-actions ${action.name}`
  const page: Page = { written: false }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
  const fail = (error: unknown): void => {
    if (isCancellation(error) && stop.signal.aborted)
      print(isPost || action.post === undefined || action.leavesAll ? 'cancelled' : 'cancelled; the post step removes what was made')
    else {
      const shown = action.explain(error)
      showError(shown, isPost ? 'warning' : 'error', env)
      // What came so far that it has a page of its own has said it there.
      if (!isPost && !page.written) leaveOnPage(`### ${title}: ✖ failed\n\n${shown.markdown}\n`, env)
    }
  }
  process.on('uncaughtException', error => {
    fail(error)
    process.exit(isPost ? 0 : 1)
  })
  try {
    print(`capi-actions ${version} on Node ${process.versions.node}, ${process.platform}-${process.arch}`)
    const step = stepOf<State>(title, env, stop.signal, page)
    if (isPost) await action.post?.(step, recall<State>(env))
    else {
      setValues('GITHUB_STATE', { [MAIN_RAN]: 'true' }, env)
      const result = await action.main(step)
      setValues('GITHUB_OUTPUT', result.outputs, env)
      setValues('GITHUB_ENV', result.environment ?? {}, env)
      addPaths(result.paths ?? [], env)
      if ('failure' in result) throw result.failure
    }
    return await exit(0)
  } catch (error) {
    fail(error)
    return await exit(isPost ? 0 : 1)
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Whether a step has left something on the job's page. */
interface Page {
  written: boolean
}

function stepOf<State>(title: string, env: Environment, signal: AbortSignal, page: Page): ActionStep<State> {
  return {
    title,
    inputs: inputsIn(env),
    env,
    signal,
    say: line => print(inert(line)),
    sayFolded: (title, lines) => foldedOutput(title, lines).forEach(print),
    notice: sentence => print(command('notice', sentence)),
    warn: sentence => print(command('warning', sentence)),
    mask: secrets => secrets.forEach(secret => void print(command('add-mask', secret))),
    remember: state => setValues('GITHUB_STATE', { [REMEMBERED]: JSON.stringify(state) }, env),
    summarize: markdown => {
      addSummary(markdown, env)
      page.written ||= markdown !== ''
    },
  }
}

/** The same version of this action wrote it, in the same job: its type holds. */
function recall<State>(env: Environment): State | undefined {
  const text = env[`STATE_${REMEMBERED}`]
  try {
    return text ? (JSON.parse(text) as State) : undefined
  } catch (error) {
    throw new Failure({ what: 'what the main step made is unknown, so nothing was removed', why: messageOf(error), cause: error })
  }
}

/** A page that can't be written changes nothing of what has failed. */
function leaveOnPage(markdown: string, env: Environment): void {
  try {
    addSummary(markdown, env)
  } catch (error) {
    print(command('warning', messageOf(error)))
  }
}

function showError({ lines, where, folded }: Shown, level: 'error' | 'warning', env: Environment): void {
  for (const { title, lines } of folded) foldedOutput(title, lines).forEach(print)
  const text = lines.join('\n').replace(/^✖ /, '')
  print(command(level, text.length > LONGEST_ANNOTATION ? `${text.slice(0, LONGEST_ANNOTATION - 1)}…` : text, placeOf(where, env)))
}

/** `file:line:column` as properties of an annotation; the runner wants paths from the workspace. */
function placeOf(where: readonly string[], { GITHUB_WORKSPACE }: Environment): Record<string, string | undefined> {
  const place = where.map(one => /^(.+?):(\d+)(?::(\d+))?$/.exec(one)).find(found => found !== null)
  const file = place?.[1]
  if (file === undefined) return {}
  const inside = GITHUB_WORKSPACE && file.startsWith(`${GITHUB_WORKSPACE}/`) ? file.slice(GITHUB_WORKSPACE.length + 1) : file
  return { file: inside, line: place?.[2], col: place?.[3] }
}

/** Leaves once all lines are out: standard output is a pipe on runners, and exit() would cut it. */
async function exit(code: number): Promise<never> {
  await new Promise<void>(resolve => process.stdout.write('', () => resolve()))
  process.exit(code)
}
