/** What a nightly workflow asks of GitHub and tells it, by the command `gh`, which GitHub's runners have: runs, their jobs, the issue. */
import { basename } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Environment } from '../host/runner.ts'
import type { Work } from '../host/work.ts'
import type { Job } from './cells.ts'
import type { Issue, IssueStep } from './issue.ts'

/** The run that this step belongs to. */
export interface ThisRun {
  readonly server: string
  readonly repository: string
  readonly id: string
  readonly page: string
  readonly commit: string
  /** Name of the workflow, and its file's name. */
  readonly workflow: string
  readonly file: string
}

/** @throws Failure where the runner says nothing of a run. */
export function thisRun(env: Environment): ThisRun {
  const said = (name: string): string => {
    const value = env[name]
    if (value) return value
    throw new Failure({
      what: `${name} is not set`,
      why: 'this action reads the results of the run that it is a part of',
      remedy: 'use it in a workflow',
    })
  }
  const repository = said('GITHUB_REPOSITORY')
  const id = said('GITHUB_RUN_ID')
  const server = said('GITHUB_SERVER_URL')
  return {
    server,
    repository,
    id,
    page: `${server}/${repository}/actions/runs/${id}`,
    commit: said('GITHUB_SHA'),
    workflow: said('GITHUB_WORKFLOW'),
    // owner/repository/.github/workflows/nightly.yml@refs/heads/main
    file: basename(said('GITHUB_WORKFLOW_REF').replace(/@.*$/, '')),
  }
}

export interface GitHub {
  /** The jobs of a run, of the last attempt of each. */
  jobsOf(id: string): Promise<Job[]>
  /** Ids of the newest green runs of a workflow for a commit, newest first. */
  greenRuns(file: string, commit: string, most: number): Promise<string[]>
  openIssues(): Promise<Issue[]>
  take(step: IssueStep): Promise<void>
}

/** @param needs permissions of the job that the calls need, for errors. */
export function gitHub({ repository, server }: ThisRun, token: string, needs: string, work: Work): GitHub {
  const env = { GH_TOKEN: token, GH_ENTERPRISE_TOKEN: token, GH_HOST: new URL(server).host }
  const call = async (args: readonly string[], input?: unknown): Promise<unknown> => {
    const options = { env, remedy: `the job needs the permissions ${needs}`, timeout: 120 }
    const { stdout } = await exec(
      'gh',
      ['api', ...args],
      work,
      input === undefined ? options : { ...options, input: JSON.stringify(input) },
    )
    return JSON.parse(stdout)
  }
  const get = async (path: string): Promise<readonly unknown[]> =>
    list(await call(['--paginate', '--slurp', `repos/${repository}/${path}`]))
  const send = (method: 'POST' | 'PATCH', path: string, body: unknown) =>
    call(['--method', method, `repos/${repository}/${path}`, '--input', '-'], body)
  return {
    async jobsOf(id) {
      const pages = await get(`actions/runs/${id}/jobs?filter=latest&per_page=100`)
      return pages.flatMap(page => list(fields(page).jobs)).map(jobFrom)
    },
    async greenRuns(file, commit, most) {
      const answer = await call([`repos/${repository}/actions/workflows/${file}/runs?head_sha=${commit}&status=success&per_page=${most}`])
      return list(fields(answer).workflow_runs).map(run => String(fields(run).id))
    },
    async openIssues() {
      const pages = await get('issues?state=open&per_page=100')
      return pages
        .flatMap(list)
        .filter(one => fields(one).pull_request === undefined)
        .map(issueFrom)
    },
    async take(step) {
      if (step.do === 'open') await send('POST', 'issues', { title: step.title, body: step.body })
      if (step.do === 'update') await send('PATCH', `issues/${step.number}`, { body: step.body })
      if (step.do === 'close') {
        await send('POST', `issues/${step.number}/comments`, { body: step.comment })
        await send('PATCH', `issues/${step.number}`, { state: 'closed', state_reason: 'completed' })
      }
    },
  }
}

function jobFrom(value: unknown): Job {
  const { name, conclusion, html_url } = fields(value)
  return { name: String(name), conclusion: typeof conclusion === 'string' ? conclusion : null, url: String(html_url) }
}

function issueFrom(value: unknown): Issue {
  const { number, body, user, author_association } = fields(value)
  return {
    number: Number(number),
    body: typeof body === 'string' ? body : '',
    trusted: fields(user).type === 'Bot' || ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(String(author_association)),
  }
}

const fields = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? { ...value } : {})

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
