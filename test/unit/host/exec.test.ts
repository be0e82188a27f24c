import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine, exec } from '../../../src/host/exec.ts'
import { Failure, StoppedByFailure } from '../../../src/host/failure.ts'

const work = (signal = new AbortController().signal, lines: string[] = []) => ({
  signal,
  log: (line: string) => void lines.push(line),
  waiting: () => {},
})

test('output is captured, and input is given', async () => {
  assert.deepEqual(await exec('cat', [], work(), { input: 'text\n' }), { stdout: 'text\n', stderr: '', exitCode: 0 })
})

test('a command that fails is an error with its exit code, its last line and its last lines', async () => {
  const failing = exec('sh', ['-c', 'echo before; echo broken >&2; exit 3'], work(), { remedy: 'mend it' })
  await assert.rejects(failing, (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.what, 'sh -c "echo before; echo broken >&2; exit 3" exited with code 3')
    assert.equal(error.why, 'broken')
    assert.equal(error.remedy, 'mend it')
    assert.deepEqual(error.details, ['before', 'broken'])
    return true
  })
})

test('an exit code that is allowed is no failure', async () => {
  assert.equal((await exec('sh', ['-c', 'exit 1'], work(), { allow: [1] })).exitCode, 1)
})

test('a command that is not there is said so', async () => {
  await assert.rejects(exec('no-such-command', ['x'], work()), {
    what: 'no-such-command x could not be started, the command is not on PATH',
  })
})

test('a command that runs too long is ended and said so', async () => {
  await assert.rejects(exec('sleep', ['60'], work(), { timeout: 0.05 }), { what: 'sleep 60 did not end within 0.05 s' })
})

test('what a command has started is ended with it when it runs too long, and can not hold its output open', async () => {
  const file = join(tmpdir(), `capi-actions-exec-timeout-${process.pid}`)
  const began = Date.now()
  const running = exec('sh', ['-c', `sleep 60 & echo $! > ${file}; exit 0`], work(), { timeout: 0.3 })
  await assert.rejects(running, (error: unknown) => error instanceof Failure && error.what.endsWith('did not end within 0.3 s'))
  assert.ok(Date.now() - began < 4000)
  const child = Number(await readFile(file, 'utf8'))
  await rm(file)
  assert.throws(() => process.kill(child, 0), { code: 'ESRCH' })
})

test('a command that leaves in good order when its time is over has failed all the same', async () => {
  const running = exec('sh', ['-c', 'trap "exit 0" TERM; sleep 60 & wait'], work(), { timeout: 0.3 })
  await assert.rejects(running, (error: unknown) => error instanceof Failure && error.what.endsWith('did not end within 0.3 s'))
})

test('an aborted signal ends the command and is no Failure', async () => {
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 20)
  await assert.rejects(exec('sleep', ['60'], work(abort.signal)), { name: 'AbortError' })
})

test('cancelling ends what the command has started too', async () => {
  const abort = new AbortController()
  const lines: string[] = []
  const running = exec('sh', ['-c', 'sleep 60 & echo $!; wait'], work(abort.signal, lines), { echo: true })
  while (lines.length === 0) await sleep(5)
  abort.abort()
  await assert.rejects(running, { name: 'AbortError' })
  assert.throws(() => process.kill(Number(lines[0]), 0), { code: 'ESRCH' })
})

test('children that may finish are waited for when their command is cancelled', async () => {
  const abort = new AbortController()
  const file = join(tmpdir(), `capi-actions-exec-${process.pid}`)
  const running = exec('sh', ['-c', `(sleep 0.3; echo made > ${file}) & wait`], work(abort.signal), { onCancel: 'end-alone' })
  await sleep(100)
  abort.abort()
  await assert.rejects(running, { name: 'AbortError' })
  assert.equal(await readFile(file, 'utf8'), 'made\n')
  await rm(file)
})

test('where something else has failed they are waited for longer than a runner would give', async () => {
  const abort = new AbortController()
  const file = join(tmpdir(), `capi-actions-exec-patient-${process.pid}`)
  const running = exec('sh', ['-c', `(sleep 6.5; echo made > ${file}) & wait`], work(abort.signal), { onCancel: 'end-alone' })
  await sleep(100)
  abort.abort(new StoppedByFailure())
  await assert.rejects(running, { name: 'AbortError' })
  assert.equal(await readFile(file, 'utf8'), 'made\n')
  await rm(file)
})

test('a command that may finish is waited for when it is cancelled', async () => {
  const abort = new AbortController()
  const file = join(tmpdir(), `capi-actions-exec-finish-${process.pid}`)
  const running = exec('sh', ['-c', `sleep 0.3; echo made > ${file}`], work(abort.signal), { onCancel: 'finish' })
  await sleep(100)
  abort.abort()
  await assert.rejects(running, { name: 'AbortError' })
  assert.equal(await readFile(file, 'utf8'), 'made\n')
  await rm(file)
})

test('echoed lines come to the log as they are written, of both streams', async () => {
  const lines: string[] = []
  await exec('sh', ['-c', 'echo one; echo two >&2'], work(undefined, lines), { echo: true })
  assert.deepEqual(lines.toSorted(), ['one', 'two'])
})

const shares = await readFile('/proc/self/autogroup', 'utf8').catch(() => undefined)

test('where Linux shares out the processor by session, that of a background command leaves it to others', {
  skip: shares === undefined,
}, async () => {
  const { stdout } = await exec('sh', ['-c', 'sleep 0.2; cat /proc/self/autogroup'], work(), { background: true })
  assert.match(stdout, /nice 10$/m)
})

test('a background command and what it starts leave the processor to others', async () => {
  const { stdout } = await exec('sh', ['-c', 'sleep 0.2; nice'], work(), { background: true })
  assert.equal(Number(stdout), constants.priority.PRIORITY_LOW)
})

test('a command line is shown as it could be typed, and cut where it is long', () => {
  assert.equal(commandLine('kind', ['create', 'a b']), 'kind create "a b"')
  assert.equal(commandLine('x', ['y'.repeat(300)]).length, 201)
})
