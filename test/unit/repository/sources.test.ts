import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../..')

/** Runs a command of node_modules; what it says of the sources comes with the error when it refuses them. */
async function passes(command: string, ...args: string[]): Promise<void> {
  const run = promisify(execFile)(process.execPath, [join(root, 'node_modules', command), ...args], { cwd: root })
  const { stdout } = await run.catch(({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(`${stdout}\n${stderr}`))
  assert.doesNotMatch(stdout, /error/i)
}

test('types hold, strictly, in the product, the tests and the scripts', () => passes('typescript/bin/tsc', '--noEmit'))

test('format and rules hold, among them that imports go down the rooms and never up', () =>
  passes('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'))
