import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { generatedFiles, staleText } from '../../../scripts/docs.ts'
import { outputs, planOutput } from '../../../src/actions/outputs.ts'
import { version } from '../../../src/host/version.ts'
import { inputs } from '../../../src/settings/fields.ts'
import { actionFiles, root } from '../../workflow-files.ts'

const read = (file: string) => readFile(join(root, file), 'utf8')

test('dist/ is what the sources make', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/build.ts', '--check'], { cwd: root })
  assert.match(stdout, /^dist\/ is fresh/)
})

for (const file of generatedFiles)
  test(`${file} is what the fields make`, async () => assert.equal(await staleText(file), undefined, 'run node scripts/docs.ts'))

test('action.yml has every input and output, runs on Node 24, and its post step runs always', async () => {
  const action = parse(await read('action.yml'))
  assert.deepEqual(Object.keys(action.inputs), [...inputs.keys()])
  assert.deepEqual(Object.keys(action.outputs), Object.keys({ ...outputs, ...planOutput }))
  assert.deepEqual(action.runs, { using: 'node24', main: 'dist/root.js', post: 'dist/root.js', 'post-if': 'always()' })
})

for (const file of await actionFiles())
  test(`every input of ${file} has a description, and a default unless it must be said`, async () => {
    const { inputs } = parse(await read(file)) as { inputs: Record<string, { description?: string; default?: string; required?: true }> }
    const lacking = Object.entries(inputs).filter(([, one]) => !one.description || (one.default === undefined) !== (one.required === true))
    assert.deepEqual(lacking, [])
  })

test('no setting but the token has a default in action.yml that says something: it would win over environment and tilt-settings', async () => {
  const action = parse(await read('action.yml')) as { inputs: Record<string, { default: string }> }
  const saying = Object.entries(action.inputs).flatMap(([name, input]) => (input.default === '' ? [] : [[name, input.default]]))
  assert.deepEqual(saying, [['github-token', '${{ github.token }}']])
})

test('each action.yml has its types beside it', async () => {
  for (const file of await actionFiles()) {
    const { inputs, outputs } = parse(await read(file))
    const types = parse(await read(file.replace('action.yml', 'action-types.yml')))
    assert.deepEqual([Object.keys(types.inputs), Object.keys(types.outputs)], [Object.keys(inputs), Object.keys(outputs)], file)
  }
})

test('our version is that of package.json', async () => assert.equal(version, JSON.parse(await read('package.json')).version))

test('dist/ is at most 2.5 MB', async () => {
  const files = await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    files.filter(file => file.isFile()).map(async file => (await readFile(join(file.parentPath, file.name))).length),
  )
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= 2_500_000)
})
