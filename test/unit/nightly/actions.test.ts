import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { parse } from 'yaml'
import { type Cell, jobName } from '../../../src/nightly/cells.ts'
import { root } from '../../workflow-files.ts'
import { fakeGh } from './fake-gh.ts'
import { cell } from './nights.ts'

type Name = 'nightly-check' | 'nightly-summary'

const one = cell('v1.13.4', 'v1.33.4')
const two = cell('v1.14.2', 'v1.34.4')
const matrix = JSON.stringify({ include: [one, two] })

const apiJob = (name: string, conclusion: string | null) => ({ name, conclusion, html_url: 'https://github.example/o/r/job/1' })
const jobsOf = (run: number, ...jobs: readonly [Cell, string][]) => ({
  [`repos/o/r/actions/runs/${run}/jobs?filter=latest&per_page=100`]: {
    total_count: jobs.length + 1,
    jobs: [...jobs.map(([tested, conclusion]) => apiJob(jobName(tested), conclusion)), apiJob('summary', null)],
  },
})
const greenRuns = (...ids: readonly number[]) => ({
  'repos/o/r/actions/workflows/nightly.yml/runs?head_sha=c0ffee&status=success&per_page=30': { workflow_runs: ids.map(id => ({ id })) },
})
const openIssues = (...issues: readonly object[]) => ({ 'repos/o/r/issues?state=open&per_page=100': issues })
const ourIssue = { number: 12, body: '<!-- capi-actions nightly: nightly -->\n…', user: { type: 'Bot' }, author_association: 'NONE' }

/** Runs an action from its source, as run 7 of the workflow nightly. */
async function act(name: Name, inputs: Readonly<Record<string, string>>, answers: Readonly<Record<string, unknown>>) {
  await using gh = await fakeGh(answers)
  const folder = await mkdtemp(join(tmpdir(), 'runner-'))
  try {
    const files = {
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STATE: join(folder, 'state'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    }
    for (const file of Object.values(files)) await writeFile(file, '')
    const child = spawn(process.execPath, [join(root, 'src/actions', `${name}.ts`)], {
      env: {
        PATH: `${gh.folder}:${process.env.PATH}`,
        GITHUB_REPOSITORY: 'o/r',
        GITHUB_RUN_ID: '7',
        GITHUB_SERVER_URL: 'https://github.example',
        GITHUB_SHA: 'c0ffee',
        GITHUB_WORKFLOW: 'nightly',
        GITHUB_WORKFLOW_REF: 'o/r/.github/workflows/nightly.yml@refs/heads/main',
        ...files,
        ...Object.fromEntries(
          Object.entries({ 'github-token': 'ghs_token', ...inputs }).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value]),
        ),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const code = new Promise<number | null>(resolve => child.on('close', resolve))
    const log = await text(child.stdout)
    const values = [...(await readFile(files.GITHUB_OUTPUT, 'utf8')).matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2\n/gm)]
    return {
      code: await code,
      log: log.trimEnd().split('\n').slice(1),
      outputs: Object.fromEntries(values.map(([, key, , value]) => [key, value])),
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
      calls: await gh.calls(),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a red night leaves its table on the page, and an issue', async () => {
  const run = await act('nightly-summary', { matrix }, { ...jobsOf(7, [one, 'success'], [two, 'failure']), ...openIssues() })
  assert.equal(run.code, 0)
  assert.deepEqual(run.outputs, { verdict: 'red' })
  assert.deepEqual(run.log, ['::add-mask::ghs_token', 'the night is red', 'issue: open'])
  assert.match(run.summary, /^### Nightly: ✖ red, 1 of 2 passed\n/)
  const [opened] = run.calls.filter(({ method }) => method !== 'GET')
  assert.deepEqual(
    { ...opened, body: Object.keys(opened?.body ?? {}) },
    {
      method: 'POST',
      path: 'repos/o/r/issues',
      body: ['title', 'body'],
      token: 'ghs_token',
      host: 'github.example',
    },
  )
})

test('a green night closes the issue', async () => {
  const answers = {
    ...jobsOf(7, [one, 'success'], [two, 'success']),
    ...openIssues({ ...ourIssue, number: 11, pull_request: {} }, ourIssue),
  }
  const run = await act('nightly-summary', { matrix }, answers)
  assert.deepEqual(run.outputs, { verdict: 'green' })
  assert.deepEqual(
    run.calls.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => ({ method, path, body })),
    [
      {
        method: 'POST',
        path: 'repos/o/r/issues/12/comments',
        body: { body: 'Green again: [the run](https://github.example/o/r/actions/runs/7) of c0ffee.' },
      },
      { method: 'PATCH', path: 'repos/o/r/issues/12', body: { state: 'closed', state_reason: 'completed' } },
    ],
  )
})

test('with the issue switched off none is looked for', async () => {
  const run = await act('nightly-summary', { matrix, issue: 'false' }, jobsOf(7, [one, 'failure']))
  assert.equal(run.code, 0)
  assert.equal(run.calls.length, 1)
})

test('a missing permission is said with the permissions that the job needs', async () => {
  const run = await act('nightly-summary', { matrix }, {})
  assert.equal(run.code, 1)
  const annotation = run.log.find(line => line.startsWith('::error')) ?? ''
  assert.match(annotation, /gh: Resource not accessible by integration \(HTTP 403\)/)
  assert.match(annotation, /→ the job needs the permissions actions: read and issues: write/)
})

test('a wrong input is an error before GitHub is asked', async () => {
  const run = await act('nightly-summary', { matrix, isue: 'false' }, {})
  assert.equal(run.code, 1)
  assert.deepEqual(run.log, ['::error::isue is no input, did you mean issue?%0A  there are matrix, issue, github-token%0A  input isue'])
  const flag = await act('nightly-summary', { matrix, issue: 'no' }, {})
  assert.deepEqual(flag.log.slice(1), ['::error::issue is "no", but must be true or false%0A  input issue'])
  assert.deepEqual([run.calls, flag.calls], [[], []])
})

test('a night has something to do until green runs of the commit have tested each cell', async () => {
  const changed = await act('nightly-check', { matrix }, { ...greenRuns(6, 5), ...jobsOf(6), ...jobsOf(5, [one, 'success']) })
  assert.deepEqual(changed.outputs, { changed: 'true' })
  assert.deepEqual(changed.log, ['::add-mask::ghs_token', 'to be tested: CAPI v1.14.2, Kubernetes v1.34.4'])
  const same = await act('nightly-check', { matrix }, { ...greenRuns(6, 5), ...jobsOf(6, [one, 'success'], [two, 'success']) })
  assert.deepEqual(same.outputs, { changed: 'false' })
  assert.deepEqual(same.log.slice(1), ['nothing to test: green runs of c0ffee have proved all 2 cells'])
  assert.equal(same.calls.length, 2)
})

for (const name of ['nightly-check', 'nightly-summary'] as const)
  test(`the page and the types of ${name} have what its action.yml has`, async () => {
    const read = (file: string) => readFile(join(root, 'actions', name, file), 'utf8')
    const action = parse(await read('action.yml')) as Record<'inputs' | 'outputs', Record<string, { description: string }>>
    const types = parse(await read('action-types.yml')) as Record<'inputs' | 'outputs', object>
    const page = await read('README.md')
    for (const part of ['inputs', 'outputs'] as const) {
      assert.deepEqual(Object.keys(types[part]), Object.keys(action[part]))
      for (const [key, { description }] of Object.entries(action[part]))
        assert.ok(page.includes(`| \`${key}\` | ${description.replace(/ \(default: .*\)$/, '')} |`), key)
    }
  })
