import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startTestbed } from '../testbed/testbed.ts'

/** actionlint's complaints about workflow files; inputs of `uses: ./` are checked against the action.yml of `root`. */
async function lint(root: string, ...files: string[]): Promise<string> {
  const actionlint = await (await startTestbed()).tool('actionlint')
  const run = promisify(execFile)(actionlint, ['-no-color', '-shellcheck=', '-pyflakes=', ...files], { cwd: root })
  return run.then(({ stdout }) => stdout).catch((error: { stdout: string }) => error.stdout)
}

test('our workflows are valid, their inputs are those of action.yml', async () => {
  assert.equal(await lint('.', '.github/workflows/ci.yml', 'test/e2e/workflows/main-job.yml', 'test/e2e/workflows/failing-job.yml'), '')
})

test('the workflow in the README is valid, its inputs are those of action.yml', async () => {
  const example = /```yaml\n(jobs:[\s\S]+?)```/.exec(await readFile('README.md', 'utf8'))?.[1] ?? assert.fail('README.md has no workflow')
  const root = await mkdtemp(join(tmpdir(), 'capi-actions-readme-'))
  try {
    // actionlint knows the inputs of local actions only.
    await mkdir(join(root, '.git'))
    await mkdir(join(root, '.github/workflows'), { recursive: true })
    await writeFile(join(root, 'action.yml'), await readFile('action.yml', 'utf8'))
    const workflow = `on: push\n${example.replace('capi-actions/capi-actions@v1', './')}`
    await writeFile(join(root, '.github/workflows/example.yml'), workflow)
    // Its `main` is not there: that is the one complaint about the action itself.
    const complaints = (await lint(root, '.github/workflows/example.yml')).split('\n').filter(line => /^\.github/.test(line))
    assert.deepEqual(
      complaints.filter(line => !line.includes('dist/root.js')),
      [],
    )
  } finally {
    await rm(root, { recursive: true })
  }
})
