import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { type Limits, startCollection } from '../../../src/diagnostics/collection.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collection-'))
})
afterEach(() => rm(folder, { recursive: true }))

const LONG = 600_000
const start = (limits: Partial<Limits> = {}) =>
  startCollection(folder, text => text.replaceAll('hunter22', '***'), { each: LONG, all: LONG, ...limits }, new AbortController().signal)
/** Also deaf to the signal. A timer that would be waited for keeps the test alive, as a socket does. */
const never = () => new Promise<void>(resolve => setTimeout(resolve, LONG).unref())
const awake = () => {
  const timer = setInterval(() => {}, 1000)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

test('what takes too long is given up, and what comes after it is not', async () => {
  using _ = awake()
  const collection = start({ each: 20 })
  assert.equal(await collection.attempt('slow', never), undefined)
  assert.equal(await collection.attempt('quick', async () => 'here'), 'here')
  assert.deepEqual(collection.missing, [{ what: 'slow', why: 'it did not come within 0.02 s', failed: true }])
})

test('when the time for all is over, nothing more is begun', async () => {
  using _ = awake()
  const collection = start({ all: 20 })
  assert.equal(await collection.attempt('slow', never), undefined)
  assert.equal(await collection.attempt('late', () => assert.fail('it was begun')), undefined)
  const why = 'the 0.02 s for all were over'
  assert.deepEqual(collection.missing, [
    { what: 'slow', why, failed: true },
    { what: 'late', why, failed: true },
  ])
})

test('no more than eight things are done at once, in the order asked', async () => {
  const collection = start()
  const { promise, resolve } = Promise.withResolvers<void>()
  const begun: number[] = []
  const all = Array.from({ length: 10 }, (_, number) =>
    collection.attempt(`${number}`, async () => {
      begun.push(number)
      await promise
    }),
  )
  await new Promise(done => setImmediate(done))
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7])
  resolve()
  await Promise.all(all)
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('an error that says that there is no such thing is no failure', async () => {
  const collection = start()
  const absent = (error: unknown) => error instanceof RangeError
  await collection.attempt('a', () => Promise.reject(new RangeError('none\nhere')), absent)
  await collection.attempt('b', () => Promise.reject(new Error('broken')), absent)
  assert.deepEqual(collection.missing, [
    { what: 'a', why: 'none here', failed: false },
    { what: 'b', why: 'broken', failed: true },
  ])
})

test('files are written without secrets, under names that every file system and artifact takes, and stay in the folder', async () => {
  const collection = start()
  await collection.write(['..', 'a:b', '.hidden'], 'odd', 'password hunter22')
  assert.deepEqual([...collection.files], [['_/a_b/_hidden', 'odd']])
  assert.equal(await readFile(join(folder, '_/a_b/_hidden'), 'utf8'), 'password ***')
})

test('a file that cannot be written is missing', async () => {
  const collection = start()
  await writeFile(join(folder, 'taken'), '')
  await collection.write(['taken', 'file'], 'x', 'text')
  assert.deepEqual([...collection.files], [])
  assert.deepEqual(
    collection.missing.map(({ what, failed }) => ({ what, failed })),
    [{ what: 'taken/file', failed: true }],
  )
  assert.match(collection.missing[0]?.why ?? '', /^(EEXIST|ENOTDIR)/)
})
