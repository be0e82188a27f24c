/**
 * GitHub's runner as an action sees it: inputs and state in the environment, commands on standard output, files for outputs.
 * Written out here and not taken from @actions/core, whose OIDC part loads undici: 0.4 MB, before the first line of a log.
 * Formats: GitHub docs, "Workflow commands for GitHub Actions"; actions/runner, src/Runner.Worker/FileCommandManager.cs and ActionCommand.cs.
 */
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { Failure, messageOf } from './failure.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Inputs by name. The runner upper-cases names and keeps their hyphens (`INPUT_KIND-VERSION`); an input that nobody set is empty. */
export function inputsIn(env: Environment): Record<string, string> {
  const said = Object.entries(env).filter(([name, value]) => name.startsWith('INPUT_') && value)
  return Object.fromEntries(said.map(([name, value]) => [name.slice('INPUT_'.length).toLowerCase(), value ?? '']))
}

/** A command to the runner, one line of standard output. */
export function command(name: string, text: string, properties: Readonly<Record<string, string | number | undefined>> = {}): string {
  const said = Object.entries(properties).filter(([, value]) => value !== undefined)
  const list = said.map(([key, value]) => `${key}=${escapeText(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`).join(',')
  return `::${name}${list === '' ? '' : ` ${list}`}::${escapeText(text)}`
}

const escapeText = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/**
 * A line that the runner takes for text, whatever is in it. It looks for `::` at the beginning of a line, spaces aside, and for the older `##[` anywhere
 * (ActionCommand.cs); a zero-width space breaks both and is not seen.
 */
export const inert = (line: string): string => line.replace(/^(\s*):(?=:)/, '$1\u200b:').replaceAll('##[', '##\u200b[')

/** Lines of other programs behind a fold, with commands switched off by a word that they can't know. */
export function foldedOutput(title: string, lines: readonly string[]): string[] {
  const word = randomUUID()
  return [command('group', title), command('stop-commands', word), ...lines, `::${word}::`, '::endgroup::']
}

/** Files through which a step speaks to the runner. */
export type FileCommand = 'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_ENV' | 'GITHUB_PATH' | 'GITHUB_STEP_SUMMARY'

/**
 * Sets outputs, state or variables for later steps.
 * @throws Failure when the runner's file can't be written.
 */
export function setValues(
  file: 'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_ENV',
  values: Readonly<Record<string, string>>,
  env: Environment,
): void {
  const text = Object.entries(values).map(([name, value]) => {
    // A delimiter that a value can't guess: no value can add another key.
    const delimiter = `end-of-value-${randomUUID()}`
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`
  })
  append(file, text.join(''), env)
}

/** Most bytes that the runner takes as one step's summary (AttachmentSizeLimit). */
const LARGEST_SUMMARY = 1024 * 1024

/** Adds Markdown to the job's page. A text that is too large for it is left out: the report folder has it. */
export function addSummary(markdown: string, env: Environment): void {
  const fits = Buffer.byteLength(markdown) <= LARGEST_SUMMARY
  append('GITHUB_STEP_SUMMARY', fits ? markdown : 'The summary is larger than a job page can show. It is in the report folder.\n', env)
}

/** Puts folders first on the PATH of later steps. */
export const addPaths = (folders: readonly string[], env: Environment): void =>
  append('GITHUB_PATH', folders.map(folder => `${folder}\n`).join(''), env)

function append(file: FileCommand, text: string, env: Environment): void {
  const path = env[file]
  // Not on a runner: nobody reads it.
  if (!path || text === '') return
  try {
    appendFileSync(path, text)
  } catch (error) {
    throw new Failure({ what: `the runner's file ${file} can't be written`, why: messageOf(error), where: path, cause: error })
  }
}

/** Where the job's Actions cache is, and what its token may do there. */
export interface CacheEndpoint {
  /** Of its protocol. 1: GitHub Enterprise Server, and act's own server; 2: github.com. */
  readonly version: 1 | 2
  /** With a slash at the end. */
  readonly url: string
  readonly token: string
  readonly readable: boolean
  readonly writable: boolean
}

/** Undefined where there is none, as on a laptop. Steps of actions alone see these variables, `run` steps don't. */
export function cacheEndpoint(env: Environment): CacheEndpoint | undefined {
  const { ACTIONS_CACHE_SERVICE_V2, ACTIONS_RESULTS_URL, ACTIONS_CACHE_URL, ACTIONS_RUNTIME_TOKEN, ACTIONS_CACHE_MODE } = env
  const version = ACTIONS_CACHE_SERVICE_V2 && !isEnterpriseServer(env) ? 2 : 1
  const url = version === 2 ? ACTIONS_RESULTS_URL : ACTIONS_CACHE_URL
  if (!url || !URL.canParse(url)) return undefined
  // `cache-mode` of a workflow or job: unset, or a word that is not known, allows both.
  const mode = ACTIONS_CACHE_MODE?.trim().toLowerCase() ?? ''
  return {
    version,
    url: url.endsWith('/') ? url : `${url}/`,
    token: ACTIONS_RUNTIME_TOKEN ?? '',
    readable: !['none', 'write-only'].includes(mode),
    writable: !['none', 'read'].includes(mode),
  }
}

/** It has the first protocol alone, whatever the runner's variables say. */
function isEnterpriseServer({ GITHUB_SERVER_URL }: Environment): boolean {
  const host = URL.parse(GITHUB_SERVER_URL || 'https://github.com')?.hostname.toLowerCase() ?? ''
  return host !== 'github.com' && !host.endsWith('.ghe.com') && !host.endsWith('.localhost')
}
