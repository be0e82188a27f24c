import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { parse } from 'yaml'
import {
  collectOutputs,
  fields,
  JOB_VARIABLE,
  outputs,
  UPLOAD_VARIABLE,
  uploadInputs,
  uploadOutputs,
} from '../../../src/actions/collect-diagnostics-interface.ts'
import { nameOf } from '../../../src/settings/field.ts'
import { machines, sickCluster } from '../diagnostics/sick-cluster.ts'
import { runStep, type Transcript } from '../doors/process.ts'

const root = join(import.meta.dirname, '../../..')
let cwd: string
beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'collect-diagnostics-')))
})
afterEach(() => rm(cwd, { recursive: true }))

/** The door as the runner starts it, from its source: `dist/` is built from this file. */
const run = (inputs: Record<string, string>, env: Record<string, string>): Promise<Transcript> =>
  runStep(cwd, inputs, {}, { entry: '../src/actions/collect-diagnostics.ts', env })

const lines = ({ stdout }: Transcript): string[] => stdout.trimEnd().split('\n').slice(1)
const output = (name: string, { outputs: text }: Transcript): string | undefined =>
  new RegExp(`^${name}<<(\\S+)\\n([\\s\\S]*?)\\n\\1\\n`, 'm').exec(text)?.[2]
const folderOf = (step: Transcript): string | undefined => output('folder', step)

test('the folder is handed out, and what is not as it should be is in the log, without what is secret', async () => {
  await using server = await sickCluster()
  await using docker = await machines()
  const env = { PATH: docker.directory, CAPI_ACTIONS_REGISTRY_NAME: 'my-registry', MY_TOKEN: 'known-secret' }
  const step = await run({ kubeconfig: server.kubeconfig, 'diagnostics-dir': 'out' }, env)
  assert.equal(step.code, 0, step.stdout)
  assert.equal(folderOf(step), join(cwd, 'out'))
  assert.deepEqual(
    lines(step).filter(line => !line.startsWith('::stop-commands::') && !/^::[0-9a-f-]{36}::$/.test(line)),
    [
      '::add-mask::known-secret',
      `14 files and their index.md in ${cwd}/out`,
      '::group::What is not as it should be',
      'Deployment capd-system/capd-controller-manager: Available is False (MinimumReplicasUnavailable): Deployment does not have minimum availability.',
      'Cluster work/demo: Available is False (NotAvailable): * no * way',
      'Node kind-control-plane: Ready is Unknown (NodeStatusUnknown)',
      'Pod capd-system/capd-1: container manager exited 1, 4 times',
      '::endgroup::',
    ],
  )
  assert.equal(await readFile(join(cwd, 'out/logs/capd-system/capd-1/manager.log'), 'utf8'), '2026 permission denied for ***\n')
  assert.deepEqual([step.variables, step.paths, step.summary, step.state], ['', '', '', { isPost: 'true' }])
})

test('what cannot be collected is one warning, and the step does not fail', async () => {
  await using docker = await machines()
  await mkdir(join(cwd, 'runner-temp'))
  const step = await run({}, { PATH: docker.directory })
  assert.equal(step.code, 0, step.stdout)
  const folder = join(cwd, 'runner-temp/diagnostics')
  assert.equal(folderOf(step), folder)
  const kubeconfig = join(cwd, 'runner-temp/capi-actions/capi-test/kubeconfig')
  assert.deepEqual(lines(step), [
    `3 files and their index.md in ${folder}`,
    `::warning::some of the diagnostics could not be collected%0A  the cluster: kubeconfig ${kubeconfig} cannot be read: ENOENT: no such file or directory, access '${kubeconfig}'`,
  ])
  assert.deepEqual((await readdir(folder)).toSorted(), ['index.md', 'kind-nodes'])
})

test('of many things that cannot be collected the warning has the first', async () => {
  const refused = [{ code: 403, body: { message: 'no' } }]
  const kinds = ['GET /api/v1/nodes', 'GET /api/v1/pods', 'GET /api/v1/events', 'GET /apis/apps/v1/deployments', 'GET /apis']
  await using server = await sickCluster(Object.fromEntries(kinds.map(kind => [kind, refused])))
  await using docker = await machines()
  const step = await run({ kubeconfig: server.kubeconfig }, { PATH: docker.directory })
  const warnings = lines(step).filter(line => line.startsWith('::warning'))
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /(%0A {2}.*: the API server answered 403 to GET .*: no){3}%0A {2}and 2 more, see index\.md$/)
})

test('jobs of one id have artifacts of several names: one for each place in a matrix', async () => {
  await using docker = await machines()
  const nameIn = async (job: string) =>
    output('artifact-name', await run({}, { PATH: docker.directory, GITHUB_JOB: 'e2e', JOB_IDENTITY: job }))
  const [one, again, other] = [await nameIn('{"k":1} 0'), await nameIn('{"k":1} 0'), await nameIn('{"k":2} 1')]
  assert.match(one ?? '', /^capi-diagnostics-e2e-[0-9a-f]{8}$/)
  assert.equal(again, one)
  assert.notEqual(other, one)
})

test('bad inputs fail the step, and nothing is made', async () => {
  const step = await run({ 'cluster-name': 'UPPER', 'registry-port': '5000' }, {})
  assert.equal(step.code, 1)
  assert.deepEqual(lines(step), [
    '::error::2 settings are not valid%0A  registry-port is no input of this action (input registry-port)%0A  cluster-name is "UPPER", but must be lower-case letters, digits and "-", at most 47, a letter or digit at both ends (input cluster-name)',
  ])
  assert.deepEqual([step.outputs, await readdir(cwd)], ['', []])
})

test('a folder that cannot be made fails the step', async () => {
  const step = await run({ 'diagnostics-dir': '/dev/null/x' }, {})
  assert.equal(step.code, 1)
  assert.match(lines(step).at(-1) ?? '', /^::error::\/dev\/null\/x cannot be written%0A/)
})

interface CompositeAction {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

interface Step {
  readonly id: string
  readonly if?: string
  readonly uses: string
  readonly with: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

test('the composite action hands each input to one of its two steps, and their outputs out', async () => {
  const action: CompositeAction = parse(await readFile(join(root, 'actions/collect-diagnostics/action.yml'), 'utf8'))
  const [collect, upload] = action.runs.steps
  assert.ok(collect && upload && action.runs.steps.length === 2)
  const names = fields.map(nameOf)
  assert.deepEqual(Object.keys(action.inputs), [...names, ...Object.keys(uploadInputs)])
  assert.deepEqual(collect.with, Object.fromEntries(names.map(name => [name, `\${{ inputs.${name} }}`])))
  assert.deepEqual(upload.with, {
    name: '${{ inputs.artifact-name || steps.collect.outputs.artifact-name }}',
    path: '${{ steps.collect.outputs.folder }}',
    'retention-days': '${{ inputs.retention-days }}',
  })
  assert.deepEqual(collect.env, { [JOB_VARIABLE]: '${{ inputs.job-identity }}', [UPLOAD_VARIABLE]: '${{ inputs.upload }}' })
  assert.equal(upload.if, "inputs.upload != 'false'")
  assert.deepEqual(
    Object.entries(action.outputs).map(([name, { value }]) => [name, value]),
    [
      ...Object.keys(outputs).map(name => [name, `\${{ steps.collect.outputs.${name} }}`]),
      ...Object.keys(uploadOutputs).map(name => [name, `\${{ steps.upload.outputs.${name} }}`]),
    ],
  )
})

test('what is no yes or no is refused as whether to upload, before anything is collected', async () => {
  const step = await run({ 'diagnostics-dir': 'out' }, { [UPLOAD_VARIABLE]: 'no' })
  assert.equal(step.code, 1)
  assert.deepEqual(lines(step), ['::error::upload is "no", but must be true or false%0A  input upload'])
  assert.ok(!(await readdir(cwd)).includes('out'))
})

test('no input that a setting may say has a default in action.yml that says something: it would win over the environment', async () => {
  const action: CompositeAction = parse(await readFile(join(root, 'actions/collect-diagnostics/action.yml'), 'utf8'))
  const withDefault = Object.entries(action.inputs).flatMap(([name, { default: value }]) => (value ? [[name, value]] : []))
  assert.deepEqual(withDefault, [
    ['upload', 'true'],
    ['job-identity', uploadInputs['job-identity']?.default],
  ])
})

test('the first step has its inputs and output, runs on Node 24, and has no post step', async () => {
  const action = parse(await readFile(join(root, 'actions/collect-diagnostics/collect/action.yml'), 'utf8'))
  assert.deepEqual(Object.keys(action.inputs), fields.map(nameOf))
  assert.deepEqual(Object.keys(action.outputs), Object.keys(collectOutputs))
  assert.deepEqual(action.runs, { using: 'node24', main: '../../../dist/collect-diagnostics.js' })
})
