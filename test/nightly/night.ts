/** Runs this repository's nightly workflow with act, as runs of a repository on GitHub that a fake stands in for. */
import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Cell, jobName } from '../../src/nightly/cells.ts'
import { runWorkflow, standInsFor } from '../e2e/act.ts'
import { root } from '../workflow-files.ts'
import type { FakeGitHub, Run } from './fake-github.ts'

const WORKFLOW = '.github/workflows/nightly.yml'

export interface Repository {
  readonly folder: string
  readonly commit: string
}

/** This repository as it would be checked out on its branch main, without what no action needs. */
export async function repositoryIn(folder: string): Promise<Repository> {
  await mkdir(folder)
  for (const part of ['action.yml', 'actions', 'dist', 'package.json', '.github'])
    await cp(join(root, part), join(folder, part), { recursive: true })
  // GitHub has a machine for each job; act has this one, and no option for jobs of a matrix.
  const workflow = join(folder, WORKFLOW)
  await writeFile(workflow, (await readFile(workflow, 'utf8')).replace('fail-fast: false\n', 'fail-fast: false\n      max-parallel: 1\n'))
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: folder })).stdout.trim()
  await git('init', '--quiet', '--initial-branch', 'main')
  await git('add', '.')
  await git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message', 'all')
  return { folder, commit: await git('rev-parse', 'HEAD') }
}

/** A folder with a command `gh`, to be first on PATH. */
export async function ghIn(folder: string): Promise<string> {
  await mkdir(folder)
  await writeFile(join(folder, 'gh'), `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'gh.ts')}' "$@"\n`)
  await chmod(join(folder, 'gh'), 0o755)
  return folder
}

export interface Setting {
  readonly act: string
  readonly repository: Repository
  readonly github: FakeGitHub
  readonly name: string
  readonly token: string
  /** First on PATH. */
  readonly commands: string
  readonly env: Readonly<Record<string, string>>
}

export interface Start {
  readonly event: 'schedule' | 'workflow_dispatch'
  readonly inputs?: Readonly<Record<string, string>>
  /** Variables of the repository. */
  readonly variables?: Readonly<Record<string, string>>
}

export interface EndedJob {
  readonly name: string
  readonly conclusion: string
  readonly seconds: number
  readonly log: string
}

export interface NightRun extends Run {
  readonly ended: readonly EndedJob[]
  /** What the steps wrote on the page of the run. */
  readonly summaries: readonly string[]
  readonly seconds: number
}

/** A line of act's log, as `--json` has it. */
interface Line {
  readonly msg: string
  readonly jobID?: string
  readonly matrix?: Partial<Cell>
  readonly stepResult?: string
  readonly jobResult?: string
  readonly command?: string
  readonly content?: string
}

/** Runs the workflow to its end, with a run of GitHub's beside it whose jobs end when act's do. */
export async function runNight(setting: Setting, { event, inputs = {}, variables = {} }: Start): Promise<NightRun> {
  const { act, repository, github, name, token, commands, env } = setting
  const run: Run = { id: github.runs.length + 1, commit: repository.commit, jobs: [], conclusion: null }
  github.runs.push(run)
  const page = `${github.url}/${name}/actions/runs/${run.id}`
  const began = new Map<string, number>()
  const logs = new Map<string, string>()
  const failed = new Set<string>()
  const ended: EndedJob[] = []
  const summaries: string[] = []
  const shown = (text: string): string => {
    const line = parsed(text)
    if (line.jobID === undefined) return line.msg
    const { capi, kubernetes, ref = '' } = line.matrix ?? {}
    const job = capi === undefined || kubernetes === undefined ? line.jobID : jobName({ capi, kubernetes, ref })
    if (!began.has(job)) began.set(job, Date.now())
    logs.set(job, `${logs.get(job) ?? ''}${line.msg}\n`)
    if (line.command === 'summary' && line.content !== undefined) summaries.push(line.content)
    if (line.stepResult === 'failure') failed.add(job)
    if (line.jobResult !== undefined && line.jobResult !== 'skipped') {
      // act gives all jobs of a matrix one result, the worst so far: what a job's own steps came to tells its own.
      const conclusion = failed.has(job) ? 'failure' : 'success'
      run.jobs.push({ name: job, conclusion, url: `${page}/job/${run.jobs.length + 1}` })
      const seconds = Math.round((Date.now() - (began.get(job) ?? 0)) / 1000)
      ended.push({ name: job, conclusion, seconds, log: logs.get(job) ?? '' })
    }
    return `[${job}] ${line.msg}`
  }
  const eventFile = `${repository.folder}.event.json`
  await writeFile(eventFile, JSON.stringify({ inputs }))
  const beginning = Date.now()
  const { exitCode } = await runWorkflow(
    act,
    join(repository.folder, WORKFLOW),
    {
      ...env,
      GITHUB_SERVER_URL: github.url,
      GITHUB_REPOSITORY: name,
      GITHUB_RUN_ID: String(run.id),
      GITHUB_WORKFLOW_REF: `${name}/${WORKFLOW}@refs/heads/main`,
    },
    {
      cwd: repository.folder,
      event,
      commands,
      shown,
      args: [
        '--json',
        '--eventpath',
        eventFile,
        '--secret',
        `GITHUB_TOKEN=${token}`,
        ...Object.entries(variables).flatMap(([key, value]) => ['--var', `${key}=${value}`]),
        ...(await standInsFor(WORKFLOW)),
      ],
    },
  )
  run.conclusion = exitCode === 0 ? 'success' : 'failure'
  return Object.assign(run, { ended, summaries, seconds: Math.round((Date.now() - beginning) / 1000) })
}

function parsed(text: string): Line {
  try {
    const line = JSON.parse(text) as Line
    return { ...line, msg: line.msg.trimEnd() }
  } catch {
    return { msg: text }
  }
}
