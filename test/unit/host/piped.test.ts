import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { execPiped } from '../../../src/host/piped.ts'
import { rememberingWork } from './fault-server.ts'

/** Takes all that is written to it. */
function basket(): Writable & { readonly text: () => string } {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk)
      done()
    },
  })
  return Object.assign(sink, { text: () => String(Buffer.concat(chunks)) })
}
const failureOf = async (running: Promise<void>): Promise<string> => {
  const error = await running.catch((thrown: unknown) => thrown)
  assert.ok(error instanceof Failure, String(error))
  return error.message
}

test('what a command writes goes to the stream', async () => {
  const sink = basket()
  await execPiped('sh', ['-c', 'printf a; printf b'], { to: [sink] }, rememberingWork())
  assert.equal(sink.text(), 'ab')
})

test('a command that has read enough may end before its input does', async () => {
  const chunks = Array.from({ length: 100 }, () => Buffer.alloc(64 * 1024))
  await execPiped('sh', ['-c', 'head -c 10 >/dev/null'], { from: [Readable.from(chunks)] }, rememberingWork())
})

test('a stream that breaks is what is thrown, and the command is ended', async () => {
  const broken = new Readable({ read: () => broken.destroy(new Error('cut')) })
  await assert.rejects(execPiped('cat', [], { from: [broken] }, rememberingWork()), { message: 'cut' })
  const full = new Writable({ write: (_, __, done) => done(new Error('full')) })
  await assert.rejects(execPiped('sh', ['-c', 'while printf xxxxxxxx; do :; done'], { to: [full] }, rememberingWork()), { message: 'full' })
})

test('a command that fails, or is not there, is said so', async () => {
  const failing = execPiped('sh', ['-c', 'echo broken >&2; exit 3'], { to: [basket()] }, rememberingWork())
  assert.equal(await failureOf(failing), 'sh -c "echo broken >&2; exit 3" exited with code 3: broken')
  for (const ends of [{ to: [basket()] }, { from: [Readable.from(['x'])] }] as const)
    assert.match(await failureOf(execPiped('no-such-command', [], ends, rememberingWork())), /^no-such-command could not be started: /)
})

test('a cancellation ends the command', async () => {
  const stop = new AbortController()
  const sink = basket()
  sink.once('pipe', () => stop.abort())
  const running = execPiped('sh', ['-c', 'echo begun; sleep 600'], { to: [sink] }, rememberingWork(stop.signal))
  await assert.rejects(running, { name: 'AbortError' })
})
