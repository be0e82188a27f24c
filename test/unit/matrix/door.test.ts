import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { inputs, outputs } from '../../../src/matrix/inputs.ts'

const root = join(import.meta.dirname, '../../..')

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'plan-matrix-'))
  await writeFile(join(cwd, 'go.mod'), 'module example.com/provider\nrequire sigs.k8s.io/cluster-api v1.13.4\n')
  await writeFile(join(cwd, 'metadata.yaml'), 'releaseSeries:\n- {major: 0, minor: 15, contract: v1beta2}\n')
})
after(() => rm(cwd, { recursive: true, force: true }))

/** The action as the runner runs it, from its source: exit code, lines of the log after the first, outputs. */
async function run(given: Readonly<Record<string, string>>) {
  const file = join(cwd, 'output')
  await writeFile(file, '')
  const env = {
    PATH: process.env.PATH,
    GITHUB_WORKSPACE: cwd,
    GITHUB_OUTPUT: file,
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
  }
  const { code, stdout } = await new Promise<{ code: number; stdout: string }>(resolve =>
    execFile(process.execPath, [join(root, 'src/actions/plan-matrix.ts')], { cwd, env }, (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), stdout }),
    ),
  )
  const values = [...(await readFile(file, 'utf8')).matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2\n/gm)]
  return {
    code,
    lines: stdout.trimEnd().split('\n').slice(1),
    outputs: Object.fromEntries(values.map(([, name, , value]) => [name, value])),
  }
}

const twoByTwo = { 'capi-versions': 'v1.13.4\nv1.14.2', 'kubernetes-versions': 'v1.33.4, v1.34.4' }

test('the outputs are a matrix for fromJSON, and its count', async () => {
  const step = await run({ ...twoByTwo, exclude: '- {capi: v1.13.4, kubernetes: v1.33.4}', include: '[{"capi": "v1.14.2", "slow": true}]' })
  assert.equal(step.code, 0)
  assert.deepEqual(step.outputs, {
    matrix:
      '{"include":[{"capi":"v1.13.4","kubernetes":"v1.34.4","ref":""},' +
      '{"capi":"v1.14.2","kubernetes":"v1.33.4","ref":"","slow":true},{"capi":"v1.14.2","kubernetes":"v1.34.4","ref":"","slow":true}]}',
    count: '3',
  })
  assert.equal(step.lines[0], '::group::3 jobs')
  assert.ok(step.lines.includes('{"capi":"v1.13.4","kubernetes":"v1.34.4","ref":""}'))
})

test('what is left out is a notice', async () => {
  const step = await run({ ...twoByTwo, 'kubernetes-versions': 'v1.32.4, v1.34.4' })
  assert.deepEqual(
    [step.code, step.lines[0], step.outputs.count],
    [0, '::notice::left out: Cluster API v1.14.2 on Kubernetes v1.32.4 (it supports v1.33 to v1.37 as management clusters)', '3'],
  )
})

test('a ref that the clone does not have is a notice', async () => {
  const step = await run({ ...twoByTwo, 'provider-refs': 'main' })
  assert.equal(step.code, 0)
  assert.ok(
    step.lines.includes(
      '::notice::the clone has no main: contract and Cluster API version are those of the checkout (`fetch-depth: 0` brings all refs)',
    ),
  )
  assert.match(step.outputs.matrix ?? '', /^\{"include":\[\{"capi":"v1.13.4","kubernetes":"v1.33.4","ref":"main"\},/)
})

test('a contract that does not fit is an annotation of its line, and there are no outputs', async () => {
  assert.deepEqual(await run({ 'capi-versions': 'v1.10.4' }), {
    code: 1,
    lines: [
      '::error file=metadata.yaml,line=2,col=25::the provider has the contract v1beta2, which Cluster API v1.10.4 does not serve' +
        '%0A  Cluster API v1.11 to v1.14 would fit' +
        '%0A  → name versions that fit in `capi-versions`, or `exclude` these combinations%0A  metadata.yaml:2:25',
    ],
    outputs: {},
  })
})

test('bad inputs fail the step with one annotation that has them all', async () => {
  assert.deepEqual(await run({ 'kubernetes-version': 'v1.34', 'max-jobs': '300' }), {
    code: 1,
    lines: [
      '::error::2 settings are not valid%0A  kubernetes-version is no input, did you mean kubernetes-versions? (input kubernetes-version)' +
        '%0A  max-jobs is 300, but must be a whole number from 1 to 256 (input max-jobs)',
    ],
    outputs: {},
  })
})

test('action.yml has every input and output, and no post step', async () => {
  const action = parse(await readFile(join(root, 'actions/plan-matrix/action.yml'), 'utf8'))
  assert.deepEqual(Object.keys(action.inputs), Object.keys(inputs))
  assert.deepEqual(Object.keys(action.outputs), Object.keys(outputs))
  assert.deepEqual(action.runs, { using: 'node24', main: '../../dist/plan-matrix.js' })
})
