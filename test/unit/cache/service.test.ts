import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { folderPacking, unpackInto } from '../../../src/cache/archive.ts'
import { BLOCK } from '../../../src/cache/blocks.ts'
import { lookUp, type Restored, restore, save } from '../../../src/cache/entries.ts'
import { ENTRY_VERSION } from '../../../src/cache/protocol.ts'
import { type CacheService, cacheService } from '../../../src/cache/service.ts'
import { fakeClock, rememberingWork } from '../host/fault-server.ts'
import { type FakeService, type Faults, serveCache } from './fake-service.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'cache-'))
})
after(() => rm(root, { recursive: true }))

const folder = () => mkdtemp(join(root, 'folder-'))

async function someFolder(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const made = await folder()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(made, name, '..'), { recursive: true })
    await writeFile(join(made, name), content)
  }
  return made
}

const contentOf = async (path: string): Promise<Record<string, string>> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return Object.fromEntries(await Promise.all(files.sort().map(async file => [file.slice(path.length + 1), await readFile(file, 'utf8')])))
}

const saved = (service: CacheService, key: string, from: string, members: readonly string[] = ['.']) =>
  save(service, 'things', key, () => folderPacking({ kind: 'folder', folder: from, members }), rememberingWork())

const restored = async (service: CacheService, key: string, prefixes: readonly string[], to: string): Promise<Restored> => {
  const work = rememberingWork()
  return restore(service, await lookUp(service, key, prefixes, work), file => unpackInto(to, file, work), work)
}

for (const version of [1, 2] as const) {
  const using = (faults: Faults, name: string, act: (service: CacheService, fake: FakeService) => Promise<void>) =>
    test(`version ${version}: ${name}`, async () => {
      await using_(faults, version, act)
    })

  using({}, 'what is saved under a key is restored under it, with its times to the nanosecond', async (service, fake) => {
    const from = await someFolder({ 'a/b': 'content' })
    await utimes(join(from, 'a/b'), 1700000000.123456, 1700000000.123456)
    const outcome = await saved(service, 'key', from)
    assert.match(outcome.sentence, /^saved things: 0\.0 MB, packed in [\d.]+ s, sent in [\d.]+ s \(key\)$/)
    const to = await folder()
    assert.deepEqual(await restored(service, 'key', [], to), { key: 'key', matched: 'key' })
    assert.deepEqual(await contentOf(to), { 'a/b': 'content' })
    assert.equal((await stat(join(to, 'a/b'), { bigint: true })).mtimeNs, (await stat(join(from, 'a/b'), { bigint: true })).mtimeNs)
    assert.equal(fake.entries[0]?.version, ENTRY_VERSION)
  })

  using({}, 'an entry that begins alike is restored where there is no other, the newest of them', async service => {
    for (const name of ['one', 'two']) await saved(service, `things-go-${name}`, await someFolder({ name }))
    const to = await folder()
    assert.deepEqual(await restored(service, 'things-go-three', ['things-go-', 'things-'], to), {
      key: 'things-go-three',
      matched: 'things-go-two',
    })
    assert.deepEqual(await contentOf(to), { name: 'two' })
  })

  using({}, 'where there is no entry nothing is restored', async service => {
    const to = await folder()
    assert.deepEqual(await restored(service, 'key', ['k'], to), { key: 'key' })
    assert.deepEqual(await readdir(to), [])
  })

  using({}, 'archives of many blocks go there and come back in parts', async (service, fake) => {
    const large = randomBytes(2 * BLOCK + 1000)
    assert.match((await saved(service, 'large', await someFolder({ large }))).sentence, /^saved/)
    const to = await folder()
    assert.equal((await restored(service, 'large', [], to)).matched, 'large')
    assert.ok(large.equals(await readFile(join(to, 'large'))))
    const sent = fake.requests.filter(one => /^(PUT|PATCH)/.test(one)).length
    assert.deepEqual([sent, fake.requests.filter(one => one.startsWith('GET /blob')).length], [version === 1 ? 3 : 4, 3])
  })

  using({ cuts: 2 }, 'a body that is cut is asked for again', async service => {
    await saved(service, 'key', await someFolder({ a: 'whole' }))
    const to = await folder()
    assert.equal((await restored(service, 'key', [], to)).matched, 'key')
    assert.deepEqual(await contentOf(to), { a: 'whole' })
  })

  using({ withoutRanges: true }, 'a storage that knows no ranges sends all at once', async service => {
    await saved(service, 'key', await someFolder({ large: randomBytes(BLOCK + 10) }))
    assert.equal((await restored(service, 'key', [], await folder())).matched, 'key')
  })

  using({ readOnly: true }, 'a token that may only read is told apart, and is no failure', async service => {
    assert.deepEqual(await saved(service, 'key', await someFolder({ a: '' })), {
      sentence: 'things is not saved: cache write denied: the token of this run may only read',
      refused: true,
    })
  })

  using({}, 'an entry that somebody else has saved stays', async service => {
    await saved(service, 'key', await someFolder({ a: 'first' }))
    const { sentence, refused } = await saved(service, 'key', await someFolder({ a: 'second' }))
    assert.deepEqual([sentence, refused], ['things is not saved: another job has saved it, or does so now (key)', false])
  })

  using({}, 'a broken archive is told, and leaves the folder as it was', async (service, fake) => {
    const from = await someFolder({ a: 'new', 'b/c': randomBytes(100_000) })
    await saved(service, 'whole', from)
    const whole = fake.entries[0]?.content ?? Buffer.alloc(0)
    fake.put('cut', ENTRY_VERSION, whole.subarray(0, whole.length / 2))
    const changed = Buffer.from(whole)
    changed[whole.length >> 1] = (changed[whole.length >> 1] ?? 0) ^ 0xff
    fake.put('changed', ENTRY_VERSION, changed)
    fake.put('noise', ENTRY_VERSION, Buffer.from('not an archive at all'))
    for (const key of ['cut', 'changed', 'noise']) {
      const to = await someFolder({ a: 'old' })
      const { matched, trouble } = await restored(service, key, [], to)
      assert.equal(matched, undefined)
      assert.match(trouble ?? '', new RegExp(`^${key} could not be restored: `))
      assert.deepEqual(await contentOf(to), { a: 'old' })
      assert.deepEqual(await readdir(to), ['a'])
    }
  })

  using({ status: 500 }, 'a service that is broken is told, after three attempts', async (service, fake) => {
    assert.match(
      (await restored(service, 'key', [], await folder())).trouble ?? '',
      /^the cache service at 127\.0\.0\.1:\d+ cannot be used: it answered 500$/,
    )
    assert.equal(fake.requests.length, 3)
    assert.match((await saved(service, 'key', await someFolder({ a: '' }))).sentence, /^things is not saved: the cache service at 127/)
  })

  using({}, 'no address of an archive and no token is in what is said', async (service, fake) => {
    const work = rememberingWork()
    await saved(service, 'key', await someFolder({ a: 'x' }))
    fake.put('gone', ENTRY_VERSION, Buffer.from('x'))
    const lookup = await lookUp(service, 'gone', [], work)
    const { trouble = '' } = await restore(service, lookup, () => Promise.reject(new Error('broken')), work)
    for (const text of [trouble, ...work.lines, ...work.phrases]) assert.doesNotMatch(text, /secret|runtime-token/)
  })
}

async function using_(faults: Faults, version: 1 | 2, act: (service: CacheService, fake: FakeService) => Promise<void>): Promise<void> {
  await using fake = await serveCache(faults)
  await act(cacheService(fake.endpoint(version), fakeClock()), fake)
}

test('a service that nobody can reach is told', async () => {
  const gone = await serveCache()
  const endpoint = gone.endpoint(2)
  await gone[Symbol.asyncDispose]()
  const { trouble } = await lookUp(cacheService(endpoint, fakeClock()), 'key', [], rememberingWork())
  assert.match(trouble ?? '', /^the cache service at 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/)
})

test('where the job may not read, nothing is asked', async () => {
  await using fake = await serveCache()
  assert.deepEqual(await lookUp(cacheService({ ...fake.endpoint(2), readable: false }), 'key', [], rememberingWork()), { key: 'key' })
  assert.deepEqual(fake.requests, [])
})

test('what is not there cannot be saved, and nothing is sent', async () => {
  await using fake = await serveCache()
  const from = await folder()
  const { sentence } = await saved(cacheService(fake.endpoint(1)), 'key', from, ['missing'])
  assert.equal(sentence, `things is not saved: ${join(from, 'missing')} is not there`)
  assert.deepEqual(fake.requests, [])
})
