/** The part of GitHub's API that a nightly workflow talks to: its runs with their jobs, and issues. What runs there, a test says. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Job } from '../../src/nightly/cells.ts'

export interface Run {
  readonly id: number
  readonly commit: string
  /** Jobs that have ended, and others. */
  readonly jobs: Job[]
  /** `success` or `failure`; null until it has ended. */
  conclusion: string | null
}

export interface Issue {
  readonly number: number
  readonly title: string
  body: string
  state: 'open' | 'closed'
  readonly comments: string[]
}

export interface FakeGitHub {
  readonly url: string
  readonly runs: Run[]
  readonly issues: Issue[]
  [Symbol.asyncDispose](): Promise<void>
}

/** Serves the repository `name` to those who have `token`. */
export async function fakeGitHub(port: number, name: string, token: string): Promise<FakeGitHub> {
  const runs: Run[] = []
  const issues: Issue[] = []
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    if (request.headers.authorization !== `token ${token}`) return undefined
    const url = new URL(request.url ?? '', 'http://localhost')
    const prefix = `/api/v3/repos/${name}/`
    if (!url.pathname.startsWith(prefix)) return undefined
    const route = `${request.method} ${url.pathname.slice(prefix.length)}`
    const body = request.method === 'GET' ? {} : ((await json(request)) as Readonly<Record<string, string>>)
    return answerTo(route, url.searchParams, body, runs, issues)
  }
  const server = createServer((request, response) => {
    answer(request).then(
      found => response.writeHead(found === undefined ? 403 : 200).end(found === undefined ? 'Not accessible' : JSON.stringify(found)),
      error => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    runs,
    issues,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What a request gives; undefined for one that is not known. */
function answerTo(
  route: string,
  query: URLSearchParams,
  body: Readonly<Record<string, string>>,
  runs: readonly Run[],
  issues: Issue[],
): unknown {
  const [, run] = /^GET actions\/runs\/(\d+)\/jobs$/.exec(route) ?? []
  if (run !== undefined) {
    const jobs = runs.find(({ id }) => id === Number(run))?.jobs ?? []
    return { total_count: jobs.length, jobs: jobs.map(({ url, ...job }) => ({ ...job, html_url: url })) }
  }
  if (route === 'GET actions/workflows/nightly.yml/runs') {
    const found = runs.filter(one => one.commit === query.get('head_sha') && one.conclusion === query.get('status'))
    return { workflow_runs: found.toReversed().map(({ id }) => ({ id })) }
  }
  if (route === 'GET issues') return issues.filter(({ state }) => state === 'open').map(asApiHasIt)
  if (route === 'POST issues') {
    const issue: Issue = { number: issues.length + 1, title: body.title ?? '', body: body.body ?? '', state: 'open', comments: [] }
    issues.push(issue)
    return asApiHasIt(issue)
  }
  const [, method, number, comments] = /^(POST|PATCH) issues\/(\d+)(\/comments)?$/.exec(route) ?? []
  const issue = issues.find(one => one.number === Number(number))
  if (issue === undefined) return undefined
  if (method === 'POST' && comments !== undefined) issue.comments.push(body.body ?? '')
  if (method === 'PATCH') {
    issue.body = body.body ?? issue.body
    issue.state = body.state === 'closed' ? 'closed' : issue.state
  }
  return asApiHasIt(issue)
}

const asApiHasIt = ({ number, title, body, state }: Issue) => ({
  number,
  title,
  body,
  state,
  user: { type: 'Bot' },
  author_association: 'NONE',
})
