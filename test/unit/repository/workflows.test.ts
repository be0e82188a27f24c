/** Rules for workflows that actionlint does not have: what zizmor would say of them (docs.zizmor.sh/audits), and what ours promise. */
import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { version } from '../../../src/host/version.ts'
import { jobNameExpression } from '../../../src/nightly/cells.ts'
import { actionFiles, recipes, root, testWorkflows, workflowFiles } from '../../workflow-files.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly name?: string
  readonly uses?: string
  readonly steps?: readonly Step[]
  readonly permissions?: unknown
}

interface Workflow {
  readonly on: unknown
  readonly permissions?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const read = (file: string) => readFile(join(root, file), 'utf8')
const workflow = async (file: string): Promise<Workflow> => parse(await read(file))
const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps }) => steps ?? [])

/** Of workflows, and of the composite actions that are used in them. */
async function stepsIn(file: string): Promise<readonly Step[]> {
  const parsed = parse(await read(file)) as Workflow & { readonly runs?: { readonly steps?: readonly Step[] } }
  return parsed.runs === undefined ? stepsOf(parsed) : (parsed.runs.steps ?? [])
}

const workflows = await workflowFiles()
const ranByAct = new Set(await testWorkflows())
const withSteps = [...workflows, ...(await actionFiles())]

/** What a line uses, with the comment behind it. */
const usesIn = (text: string): string[] => [...text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, used = '']) => used.trim())
const isOwn = (used: string): boolean => used.startsWith('./') || /^capi-actions\/capi-actions(\/[\w./-]+)?@v\d+(\.\d+\.\d+)?$/.test(used)

for (const file of withSteps) {
  test(`${file} pins third-party actions to a commit, with the version beside it`, async () => {
    // act puts a copy of the working tree in the place of this checkout.
    const others = usesIn(await read(file)).filter(used => !isOwn(used) && !(ranByAct.has(file) && used === 'actions/checkout@v4'))
    assert.deepEqual(
      others.filter(used => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used)),
      [],
    )
  })

  test(`${file} hands nothing to a script but by its environment`, async () => {
    const scripts = (await stepsIn(file)).flatMap(({ run }) => run ?? [])
    const spliced = scripts.flatMap(script => script.match(/\$\{\{.*?\}\}/g) ?? [])
    assert.deepEqual(
      spliced,
      file === 'test/e2e/workflows/main-job.yml'
        ? ['${{ steps.capi.outputs.report }}', '${{ steps.capi.outputs.workload-kubeconfig }}']
        : [],
    )
  })
}

for (const file of workflows) {
  test(`${file} begins with permissions that write nothing`, async () => {
    const { permissions } = await workflow(file)
    assert.ok(typeof permissions === 'object' && permissions !== null, 'there are none')
    assert.ok(Object.values(permissions).every(level => level === 'read' || level === 'none'))
  })

  test(`${file} runs on no event that lends secrets or a writing token to foreign code`, async () => {
    const { on } = await workflow(file)
    const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on as object)
    assert.deepEqual(
      events.filter(event => ['pull_request_target', 'workflow_run', 'issue_comment'].includes(event)),
      [],
    )
    assert.doesNotMatch(await read(file), /secrets: *inherit/)
  })

  if (!ranByAct.has(file))
    test(`${file} leaves no credentials in a checkout`, async () => {
      const checkouts = stepsOf(await workflow(file)).filter(({ uses }) => uses?.startsWith('actions/checkout@'))
      assert.deepEqual(
        checkouts.map(step => step.with?.['persist-credentials']),
        checkouts.map(() => false),
      )
    })
}

test('a third-party action has one version in all workflows', async () => {
  const used = (await Promise.all(withSteps.map(read))).flatMap(usesIn).filter(one => one.includes('#'))
  const versions = Map.groupBy(new Set(used), one => one.split('@')[0])
  assert.deepEqual(
    [...versions.values()].filter(({ length }) => length > 1),
    [],
  )
})

test('examples in pages use the major versions that workflows are pinned to', async () => {
  const pinned = new Set(
    (await Promise.all(withSteps.map(read)))
      .flatMap(text => [...text.matchAll(/uses: (actions\/[\w-]+)@[0-9a-f]{40} # (v\d+)\./g)])
      .map(([, action, major]) => `${action}@${major}`),
  )
  const pages = await Array.fromAsync(glob('{*.md,docs/**/*.md,actions/**/*.md}', { cwd: root }))
  const shown = (await Promise.all(pages.map(read)))
    .flatMap(text => [...text.matchAll(/uses: (actions\/[\w-]+@v\d+)$/gm)])
    .map(([, one]) => one)
  assert.ok(shown.length > 0)
  assert.deepEqual(
    shown.filter(one => one !== undefined && !pinned.has(one)),
    [],
  )
})

test('provider-e2e has the same inputs by hand and by call, no more than GitHub takes', async () => {
  const { on } = (await workflow('.github/workflows/provider-e2e.yml')) as {
    on: Record<'workflow_dispatch' | 'workflow_call', { inputs: object }>
  }
  assert.deepEqual(on.workflow_dispatch.inputs, on.workflow_call.inputs)
  assert.ok(Object.keys(on.workflow_dispatch.inputs).length <= 25)
})

test('what a caller of provider-e2e gets is of one release', async () => {
  const { jobs } = await workflow('.github/workflows/provider-e2e.yml')
  const own = (jobs.e2e?.steps ?? []).flatMap(({ uses = '' }) => (uses.startsWith('capi-actions/') ? [uses] : []))
  assert.deepEqual(own, [`capi-actions/capi-actions@v${version}`])
})

test('the table of recipes has all inputs of provider-e2e', async () => {
  const { on } = (await workflow('.github/workflows/provider-e2e.yml')) as { on: Record<'workflow_call', { inputs: object }> }
  const rows = [...(await read('docs/recipes/README.md')).matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name)
  assert.deepEqual(rows, Object.keys(on.workflow_call.inputs))
})

for (const file of ['.github/workflows/nightly.yml', 'docs/recipes/nightly-matrix.yml'])
  test(`the jobs of ${file} have the names that nightly-summary looks for`, async () => {
    const { jobs } = await workflow(file)
    assert.equal(jobs.test?.name, jobNameExpression)
  })

for (const file of await recipes())
  test(`the page of ${file} shows that file`, async () => {
    const page = await read(file.replace(/\.yml$/, '.md'))
    assert.equal(/```yaml\n([\s\S]*?)```/.exec(page)?.[1], await read(file))
  })

test('the list of recipes has each of them', async () => {
  const listed = [...(await read('docs/recipes/README.md')).matchAll(/^\| \[([\w-]+)\]\(\1\.md\) \|/gm)].map(
    ([, name]) => `docs/recipes/${name}.yml`,
  )
  assert.deepEqual(listed.toSorted(), await recipes())
})
