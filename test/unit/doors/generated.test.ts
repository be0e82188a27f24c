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

const root = join(import.meta.dirname, '../../..')
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

test('no input has a default in action.yml but the token: it would win over environment and tilt-settings', async () => {
  const action = parse(await read('action.yml')) as { inputs: Record<string, { default?: string }> }
  const withDefault = Object.entries(action.inputs).filter(([, input]) => input.default !== undefined)
  assert.deepEqual(withDefault, [['github-token', { ...action.inputs['github-token'], default: '${{ github.token }}' }]])
})

test('our version is that of package.json', async () => assert.equal(version, JSON.parse(await read('package.json')).version))

test('dist/ is at most 2.5 MB', async () => {
  const files = await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    files.filter(file => file.isFile()).map(async file => (await readFile(join(file.parentPath, file.name))).length),
  )
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= 2_500_000)
})
