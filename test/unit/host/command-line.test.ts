import assert from 'node:assert/strict'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runUserCommand } from '../../../src/host/command-line.ts'
import type { Work } from '../../../src/host/work.ts'
import { quietWork } from '../kube/fake-api-server.ts'

let folder: string
before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'hook-')))
})
after(() => rm(folder, { recursive: true }))

async function run(commands: readonly string[], work: Work, env: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const command of commands) await runUserCommand('hook after-cluster', command, work, { cwd: folder, env, where: 'input hooks' })
}

test('commands run one after another in the repository, and what they print is logged', async () => {
  const work = quietWork()
  await run(['pwd; echo "$KUBECONFIG" >&2', 'echo two | cat'], work, { KUBECONFIG: '/k' })
  assert.deepEqual(work.lines.toSorted(), ['/k', folder, 'two'].toSorted())
})

test('a command that fails is told by its code and by what it said last, and none after it runs', async () => {
  const work = quietWork()
  await assert.rejects(run(['echo one\necho no such network >&2\nexit 3', 'echo never'], work), {
    what: 'hook after-cluster exited with code 3',
    why: 'no such network',
    where: ['input hooks'],
    details: ['$ echo one\necho no such network >&2\nexit 3', 'one', 'no such network'],
  })
  assert.ok(!work.lines.includes('never'))
})

test('a line that fails ends its command, within a pipe too', async () => {
  await assert.rejects(run(['false | cat\necho never'], quietWork()), { what: 'hook after-cluster exited with code 1' })
  await assert.rejects(run(['no-such-command'], quietWork()), { what: 'hook after-cluster exited with code 127' })
})

test('inputs of the action and its credentials are not shown to a command', async () => {
  process.env['INPUT_REGISTRY-PASSWORD'] = 'hunter2'
  process.env.ACTIONS_RUNTIME_TOKEN = 'hunter2'
  try {
    const work = quietWork()
    await run(['env'], work)
    assert.ok(work.lines.some(line => line.startsWith('PATH=')))
    assert.ok(!work.lines.some(line => line.includes('hunter2')))
  } finally {
    delete process.env['INPUT_REGISTRY-PASSWORD']
    delete process.env.ACTIONS_RUNTIME_TOKEN
  }
})

test('words are run as they are, without a shell', async () => {
  const work = quietWork()
  await runUserCommand('before-build of aws', ['echo', '$HOME', 'a b'], work)
  assert.deepEqual(work.lines, ['$HOME a b'])
})
