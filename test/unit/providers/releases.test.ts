import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { releases } from '../../../src/providers/releases.ts'
import { type ReleaseVersion, readReleaseVersion } from '../../../src/settings/provider-reference.ts'
import { body, fakeClock, json, type Routes, rememberingWork, serve } from '../host/fault-server.ts'
import { releases as listOf, sha256 } from '../tools/upstream.ts'

const REPOSITORY = 'org/provider'
const aws = { name: 'aws', origin: { at: 'github', repository: REPOSITORY } } as const
const RELEASE = `/api.github.com/repos/${REPOSITORY}/releases/tags/v2.13.0`
const ASSET = `/github.com/${REPOSITORY}/releases/download/v2.13.0/metadata.yaml`
const listing = (digest: string) =>
  json({
    assets: [
      { name: 'metadata.yaml', digest },
      { name: 'old.yaml', digest: null },
    ],
  })
const published: Routes = {
  ...listOf(REPOSITORY, 'v2.13.1-rc.0', 'v2.13.0', 'v2.12.1', 'v2.12.0', 'v1.0.0'),
  [RELEASE]: listing(`sha256:${sha256('releaseSeries: []')}`),
  [ASSET]: body('releaseSeries: []'),
}

async function shelf(routes: Routes) {
  const server = await serve({ ...routes })
  const cacheDir = await mkdtemp(join(tmpdir(), 'releases-'))
  const mirrors = Object.fromEntries(['github.com', 'api.github.com'].map(host => [host, `${server.base}/${host}`]))
  const open = () => releases({ cacheDir, http: { mirrors, clock: fakeClock() } })
  return {
    open,
    work: rememberingWork(),
    server,
    cacheDir,
    paths: () => server.requests.map(({ path }) => path),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(cacheDir, { recursive: true })
    },
  }
}

async function refusal(asked: Promise<unknown>) {
  const error = await asked.then(
    () => assert.fail('it was had'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Failure)
  return { what: error.what, why: error.why, remedy: error.remedy }
}

for (const [said, meant] of [
  ['v2.13.0', 'v2.13.0'],
  ['v2.12', 'v2.12.1'],
  ['v2', 'v2.13.0'],
  ['latest', 'v2.13.0'],
] as const)
  test(`${said} is ${meant}`, async () => {
    await using at = await shelf(published)
    assert.equal(await at.open().version(aws, readReleaseVersion(said), at.work), meant)
  })

test('an exact version asks nobody', async () => {
  await using at = await shelf(published)
  await at.open().version(aws, readReleaseVersion('v9.9.9'), at.work)
  assert.deepEqual(at.paths(), [])
})

test('a file is verified, kept, and asked for once by all providers of a repository', async () => {
  await using at = await shelf(published)
  const one = at.open()
  const [first, second] = await Promise.all([
    one.file(aws, 'v2.13.0', 'metadata.yaml', at.work),
    one.file({ ...aws, name: 'eks' }, 'v2.13.0', 'metadata.yaml', at.work),
  ])
  const file = join(at.cacheDir, 'providers', REPOSITORY, 'v2.13.0/metadata.yaml')
  assert.deepEqual([first, second], [{ file, text: 'releaseSeries: []', kept: false }, first])
  assert.deepEqual(at.paths(), [RELEASE, ASSET])
  assert.deepEqual(await at.open().file(aws, 'v2.13.0', 'metadata.yaml', at.work), { file, text: 'releaseSeries: []', kept: true })
  assert.deepEqual(at.paths(), [RELEASE, ASSET])
})

test('the names of files are asked for once, and again where a file came later', async () => {
  await using at = await shelf(published)
  await at.open().file(aws, 'v2.13.0', 'metadata.yaml', at.work)
  assert.deepEqual(await at.open().names(aws, 'v2.13.0', at.work), ['metadata.yaml', 'old.yaml'])
  assert.deepEqual(at.paths(), [RELEASE, ASSET])
  at.server.routes[RELEASE] = json({ assets: [{ name: 'late.yaml', digest: `sha256:${sha256('late')}` }] })
  at.server.routes[ASSET.replace('metadata', 'late')] = body('late')
  assert.equal((await at.open().file(aws, 'v2.13.0', 'late.yaml', at.work))?.text, 'late')
})

test('a file whose digest is another is refused, and not kept', async () => {
  await using at = await shelf({ ...published, [ASSET]: body('releaseSeries: [evil]') })
  const { what } = await refusal(at.open().file(aws, 'v2.13.0', 'metadata.yaml', at.work))
  assert.match(what, /^provider aws v2\.13\.0: checksum of .*metadata\.yaml does not match$/)
  await refusal(at.open().file(aws, 'v2.13.0', 'metadata.yaml', at.work))
})

test('a file without a digest is refused, and the way out is said', async () => {
  await using at = await shelf(published)
  assert.deepEqual(await refusal(at.open().file(aws, 'v2.13.0', 'old.yaml', at.work)), {
    what: 'provider aws v2.13.0: no checksum is published for old.yaml',
    why: 'GitHub has a SHA-256 digest only of release assets that were uploaded since June 2025',
    remedy: 'use a newer version, or download this one, look at it, and name its folder in provider-urls (file:///…)',
  })
})

test('a file that the release does not have is none', async () => {
  await using at = await shelf(published)
  assert.equal(await at.open().file(aws, 'v2.13.0', 'cluster-template.yaml', at.work), undefined)
})

test('a version that is not published is an error that names the nearest', async () => {
  await using at = await shelf(published)
  assert.deepEqual(await refusal(at.open().file(aws, 'v2.12.7', 'metadata.yaml', at.work)), {
    what: 'provider aws v2.12.7 is not published',
    why: 'github.com/org/provider has v2.13.0, v2.12.1, v2.12.0, v1.0.0',
    remedy: 'use v2.12.1, the nearest version',
  })
  const series: ReleaseVersion = readReleaseVersion('v3.1')
  assert.deepEqual(await refusal(at.open().version(aws, series, at.work)), {
    what: 'provider aws v3.1 is not published',
    why: 'github.com/org/provider has v2.13.0, v2.12.1, v2.12.0, v1.0.0',
    remedy: 'use v2.13.0, the nearest version',
  })
})

test('a repository that is not there is an error of the download', async () => {
  await using at = await shelf({})
  const { what, why } = await refusal(at.open().file(aws, 'v2.13.0', 'metadata.yaml', at.work))
  assert.match(what, /^provider aws v2\.13\.0: .* could not be downloaded$/)
  assert.equal(why, 'the server answered 404 Not Found')
})

test('a folder is a repository too, as clusterctl takes it', async () => {
  await using at = await shelf({})
  const folder = join(at.cacheDir, 'infrastructure-foo')
  for (const version of ['v0.1.0', 'v0.2.0', 'v0.2.1']) await mkdir(join(folder, version), { recursive: true })
  await writeFile(join(folder, 'v0.2.0/metadata.yaml'), 'releaseSeries: []')
  const foo = { name: 'foo', origin: { at: 'folder', folder } } as const
  const open = at.open()
  const versions = ['v0.2', 'latest', 'v0.1.0'].map(said => open.version(foo, readReleaseVersion(said), at.work))
  assert.deepEqual(await Promise.all(versions), ['v0.2.1', 'v0.2.1', 'v0.1.0'])
  assert.equal((await open.file(foo, 'v0.2.0', 'metadata.yaml', at.work))?.text, 'releaseSeries: []')
  assert.equal(await open.file(foo, 'v0.2.1', 'metadata.yaml', at.work), undefined)
  assert.deepEqual(await refusal(open.version(foo, readReleaseVersion('v0.3.0'), at.work)), {
    what: 'provider foo v0.3.0 is not published',
    why: `${folder} has v0.2.1, v0.2.0, v0.1.0`,
    remedy: 'use v0.2.1, the nearest version',
  })
})
