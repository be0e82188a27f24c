import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { installTool } from '../../../src/tools/install.ts'
import { body, cut, failureOf, fakeClock, json, type Routes, rememberingWork, status } from '../host/fault-server.ts'
import { releases, sha256, workshop } from './upstream.ts'

const binary = '#!/bin/sh\necho kind v0.32.0\n'
const kindFile = '/github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-linux-amd64'
const kindRoutes = (content = binary): Routes => ({
  [kindFile]: body(content),
  [`${kindFile}.sha256sum`]: body(`${sha256(binary)}  kind-linux-amd64\n`),
  ...releases('kubernetes-sigs/kind', 'v0.32.0', 'v0.31.0'),
})

/** A gzipped tar with an executable of `content` at `member`. */
async function archive(folder: string, member: string, content: string): Promise<Buffer> {
  const [parent = ''] = member.includes('/') ? member.split('/') : ['']
  await mkdir(join(folder, parent), { recursive: true })
  await writeFile(join(folder, member), content, { mode: 0o755 })
  return execFileSync('tar', ['-czf', '-', '-C', folder, member])
}

test('a tool that is nowhere is downloaded, verified, and executable in the tool cache', async () => {
  await using shop = await workshop(kindRoutes())
  const path = join(shop.cache, 'kind', '0.32.0', 'x64', 'kind')
  assert.deepEqual(await shop.install('kind', '0.32.0'), { name: 'kind', version: 'v0.32.0', path, source: 'download' })
  assert.equal(execFileSync(path, ['version'], { encoding: 'utf8' }), 'kind v0.32.0\n')
  assert.deepEqual(shop.asked(), [`${kindFile}.sha256sum`, kindFile])
  assert.deepEqual(await readdir(shop.scratch), [])
  assert.deepEqual(await readdir(join(shop.cache, 'kind', '0.32.0', 'x64')), ['kind'])
  assert.deepEqual(shop.work.lines, [`kind v0.32.0: downloaded and verified, ${path}`])
})

test('the second time it is in the tool cache, and nothing is asked', async () => {
  await using shop = await workshop(kindRoutes())
  const first = await shop.install('kind', 'v0.32.0')
  const asked = shop.asked().length
  assert.deepEqual(await shop.install('kind', 'v0.32.0'), { ...first, source: 'cache' })
  assert.deepEqual(await shop.install('kind', '^0.32'), { ...first, source: 'cache' })
  assert.equal(shop.asked().length, asked)
})

test('a tool is found where @actions/tool-cache keeps it, and the other way round', async t => {
  await using shop = await workshop(kindRoutes())
  const before = { RUNNER_TOOL_CACHE: process.env.RUNNER_TOOL_CACHE, RUNNER_TEMP: process.env.RUNNER_TEMP }
  Object.assign(process.env, { RUNNER_TOOL_CACHE: shop.cache, RUNNER_TEMP: shop.scratch })
  t.after(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  const { cacheFile, find } = await import('@actions/tool-cache')
  const { path } = await shop.install('kind', 'v0.32.0')
  assert.equal(join(find('kind', 'v0.32.0', 'x64'), 'kind'), path)
  const file = await shop.program('helm', 'v3.21.4+g5a3fbf1')
  const folder = await cacheFile(file, 'helm', 'helm', '3.21.4', 'x64')
  const helm = await shop.install('helm', '3.21.4', { reusePath: false })
  assert.deepEqual(helm, { name: 'helm', version: 'v3.21.4', path: join(folder, 'helm'), source: 'cache' })
})

test('a folder of the tool cache that was never completed is no tool', async () => {
  await using shop = await workshop(kindRoutes())
  const folder = join(shop.cache, 'kind', '0.32.0', 'x64')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'kind'), 'half', { mode: 0o755 })
  assert.equal((await shop.install('kind', 'v0.32.0')).source, 'download')
  assert.equal(await readFile(join(folder, 'kind'), 'utf8'), binary)
})

test('installations at the same time do not disturb one another', async () => {
  await using shop = await workshop(kindRoutes())
  const tools = await Promise.all(Array.from({ length: 5 }, () => shop.install('kind', 'v0.32.0')))
  for (const { path } of tools) assert.equal(await readFile(path, 'utf8'), binary)
  assert.deepEqual(await readdir(join(shop.cache, 'kind', '0.32.0', 'x64')), ['kind'])
})

test('another folder may be the cache, and without a runner it is the one of the user', async () => {
  await using shop = await workshop(kindRoutes())
  const own = await shop.install('kind', 'v0.32.0', { cacheDir: join(shop.scratch, 'own') })
  assert.equal(own.path, join(shop.scratch, 'own', 'kind', '0.32.0', 'x64', 'kind'))
  const laptop = { ...shop.machine, env: { XDG_CACHE_HOME: join(shop.scratch, 'user') } }
  const mirrors = { 'github.com': `${shop.server.base}/github.com` }
  const users = await installTool({ name: 'kind', version: 'v0.32.0', mirrors }, rememberingWork(), laptop)
  assert.equal(users.path, join(shop.scratch, 'user', 'capi-actions', 'tools', 'kind', '0.32.0', 'x64', 'kind'))
})

test('a tool on PATH of the wanted version is used, and nothing is asked', async () => {
  await using shop = await workshop()
  const path = await shop.program('kind', 'kind v0.32.0 go1.26.8 linux/amd64')
  for (const version of ['v0.32.0', '0.32.x', '*']) {
    assert.deepEqual(await shop.install('kind', version), { name: 'kind', version: 'v0.32.0', path, source: 'path' })
  }
  assert.deepEqual(shop.asked(), [])
})

test('a tool on PATH of another version is not used, and the log says why', async () => {
  await using shop = await workshop(kindRoutes())
  const path = await shop.program('kind', 'kind v0.20.0 go1.26.8 linux/amd64')
  assert.equal((await shop.install('kind', 'v0.32.0')).source, 'download')
  assert.equal(shop.work.lines[0], `${path} is not used: it is v0.20.0, and v0.32.0 is wanted`)
})

test('a tool on PATH is left alone when that is wanted', async () => {
  await using shop = await workshop(kindRoutes())
  await shop.program('kind', 'kind v0.32.0 go1.26.8 linux/amd64')
  assert.equal((await shop.install('kind', 'v0.32.0', { reusePath: false })).source, 'download')
})

test('a tool on PATH that fails or says nothing is not used, and the log says why', async () => {
  await using shop = await workshop(kindRoutes())
  const path = await shop.program('kind', 'cannot run here', 3)
  assert.equal((await shop.install('kind', 'v0.32.0')).source, 'download')
  await shop.program('kind', 'hello')
  assert.equal((await shop.install('kind', 'v0.32.0')).source, 'cache')
  assert.equal(shop.work.lines[0], `${path} is not used: ${path} version exited with code 3: cannot run here`)
  assert.equal(shop.work.lines[2], `${path} is not used: it does not say which version it is`)
})

test('latest is asked for, then taken from PATH or the cache if it is there', async () => {
  await using shop = await workshop(kindRoutes())
  const path = await shop.program('kind', 'kind v0.31.0 go1.26.8 linux/amd64')
  assert.equal((await shop.install('kind', 'latest')).source, 'download')
  assert.equal((await shop.install('kind', 'latest')).source, 'cache')
  await shop.program('kind', 'kind v0.32.0 go1.26.8 linux/amd64')
  assert.deepEqual(await shop.install('kind', 'latest'), { name: 'kind', version: 'v0.32.0', path, source: 'path' })
})

test('an archive is unpacked after it was verified', async () => {
  await using shop = await workshop()
  const kustomize = await archive(join(shop.scratch, 'a'), 'kustomize', '#!/bin/sh\necho v5.8.1\n')
  const helm = await archive(join(shop.scratch, 'b'), 'linux-amd64/helm', '#!/bin/sh\necho v3.21.4\n')
  const release = '/github.com/kubernetes-sigs/kustomize/releases/download/kustomize/v5.8.1'
  Object.assign(shop.server.routes, {
    [`${release}/kustomize_v5.8.1_linux_amd64.tar.gz`]: body(kustomize),
    [`${release}/checksums.txt`]: body(
      `${sha256('x')}  kustomize_v5.8.1_darwin_arm64.tar.gz\n${sha256(kustomize)}  kustomize_v5.8.1_linux_amd64.tar.gz\n`,
    ),
    '/get.helm.sh/helm-v3.21.4-linux-amd64.tar.gz': body(helm),
    '/get.helm.sh/helm-v3.21.4-linux-amd64.tar.gz.sha256sum': body(`${sha256(helm)}  helm-v3.21.4-linux-amd64.tar.gz\n`),
  })
  const installed = [await shop.install('kustomize', 'v5.8.1'), await shop.install('helm', 'v3.21.4')]
  assert.deepEqual(
    installed.map(({ path }) => execFileSync(path, { encoding: 'utf8' })),
    ['v5.8.1\n', 'v3.21.4\n'],
  )
  assert.equal((await stat(installed[0]?.path ?? '')).mode & 0o777, 0o755)
})

test('an archive without the tool is an error', async () => {
  await using shop = await workshop()
  const empty = await archive(join(shop.scratch, 'a'), 'README', 'nothing here')
  Object.assign(shop.server.routes, {
    '/get.helm.sh/helm-v3.21.4-linux-amd64.tar.gz': body(empty),
    '/get.helm.sh/helm-v3.21.4-linux-amd64.tar.gz.sha256sum': body(sha256(empty)),
  })
  assert.deepEqual(await failureOf(shop.install('helm', 'v3.21.4')), {
    what: 'helm v3.21.4: helm-v3.21.4-linux-amd64.tar.gz holds no executable linux-amd64/helm',
    why: undefined,
    remedy: 'put helm v3.21.4 on PATH yourself',
  })
})

const clusterctlFile = '/github.com/kubernetes-sigs/cluster-api/releases/download/v1.13.4/clusterctl-darwin-arm64'
const clusterctlRelease = '/api.github.com/repos/kubernetes-sigs/cluster-api/releases/tags/v1.13.4'
const clusterctl = (digest: string | null): Routes => ({
  [clusterctlFile]: body('clusterctl'),
  [clusterctlRelease]: json({ tag_name: 'v1.13.4', assets: [{ name: 'clusterctl-darwin-arm64', digest }] }),
})
const mac = { os: 'darwin', arch: 'arm64' }

test('clusterctl is verified against the digest of the release asset, on a Mac too', async () => {
  await using shop = await workshop(clusterctl(`sha256:${sha256('clusterctl')}`), mac)
  const { path } = await shop.install('clusterctl', 'v1.13.4')
  assert.equal(path, join(shop.cache, 'clusterctl', '1.13.4', 'arm64', 'clusterctl'))
  assert.equal(await readFile(path, 'utf8'), 'clusterctl')
})

test('a release asset without a digest is refused before it is downloaded', async () => {
  await using shop = await workshop(clusterctl(null), mac)
  assert.deepEqual(await failureOf(shop.install('clusterctl', 'v1.13.4')), {
    what: 'clusterctl v1.13.4: no checksum is published for clusterctl-darwin-arm64',
    why: 'GitHub has a SHA-256 digest only of release assets that were uploaded since June 2025',
    remedy: 'use a version that has one, or put clusterctl v1.13.4 on PATH yourself',
  })
  assert.deepEqual(shop.asked(), [clusterctlRelease])
})

test('a digest of another kind is refused', async () => {
  await using shop = await workshop(clusterctl(`sha512:${'0'.repeat(128)}`), mac)
  const { what } = await failureOf(shop.install('clusterctl', 'v1.13.4'))
  assert.equal(what, 'clusterctl v1.13.4: no checksum is published for clusterctl-darwin-arm64')
})

test('a release that lacks the asset is refused', async () => {
  await using shop = await workshop(clusterctl(`sha256:${sha256('clusterctl')}`))
  assert.deepEqual(await failureOf(shop.install('clusterctl', 'v1.13.4')), {
    what: 'clusterctl v1.13.4: no checksum is published for clusterctl-linux-amd64',
    why: 'https://api.github.com/repos/kubernetes-sigs/cluster-api/releases/tags/v1.13.4 does not list it',
    remedy: 'use a version that has one, or put clusterctl v1.13.4 on PATH yourself',
  })
})

test('a download that differs from the published checksum is refused, and nothing is kept', async () => {
  await using shop = await workshop(kindRoutes('something else'))
  assert.deepEqual(await failureOf(shop.install('kind', 'v0.32.0')), {
    what: `kind v0.32.0: checksum of ${shop.server.base}${kindFile} does not match`,
    why: `published sha256 ${sha256(binary)}, downloaded ${sha256('something else')} (14 bytes)`,
    remedy: 'do not use this file: find out who changed it, the publisher, a mirror or a proxy on the way',
  })
  assert.deepEqual([await readdir(shop.cache), await readdir(shop.scratch)], [[], []])
})

test('a version without a published checksum is refused before it is downloaded', async () => {
  await using shop = await workshop({ [kindFile]: body(binary), ...releases('kubernetes-sigs/kind', 'v0.32.0') })
  assert.deepEqual(await failureOf(shop.install('kind', 'v0.32.0')), {
    what: 'kind v0.32.0: no checksum is published for kind-linux-amd64',
    why: `${shop.server.base}${kindFile}.sha256sum: the server answered 404 Not Found`,
    remedy: 'use a version that has one, or put kind v0.32.0 on PATH yourself',
  })
  assert.ok(!shop.asked().includes(kindFile))
})

test('a checksum file that does not name the asset is refused', async () => {
  await using shop = await workshop({ [`${kindFile}.sha256sum`]: body(`${sha256(binary)}  kind-linux-arm64\n`) })
  assert.deepEqual(await failureOf(shop.install('kind', 'v0.32.0')), {
    what: 'kind v0.32.0: no checksum is published for kind-linux-amd64',
    why: 'https://github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-linux-amd64.sha256sum has no SHA-256 for it',
    remedy: 'use a version that has one, or put kind v0.32.0 on PATH yourself',
  })
})

test('a version that does not exist is an error with the nearest one that does', async () => {
  await using shop = await workshop(kindRoutes())
  const file = kindFile.replace('v0.32.0', 'v0.31.5')
  assert.deepEqual(await failureOf(shop.install('kind', 'v0.31.5')), {
    what: 'kind v0.31.5 does not exist',
    why: `${shop.server.base}${file}.sha256sum: the server answered 404 Not Found`,
    remedy: 'use v0.31.0, the nearest version',
  })
})

test('where the list of versions cannot be had either, the 404 is the error', async () => {
  await using shop = await workshop()
  assert.deepEqual(await failureOf(shop.install('kubectl', 'v1.34.99')), {
    what: `kubectl v1.34.99: ${shop.server.base}/dl.k8s.io/release/v1.34.99/bin/linux/amd64/kubectl.sha256 could not be downloaded`,
    why: 'the server answered 404 Not Found',
    remedy: 'see whether the download mirror for dl.k8s.io has this file',
  })
})

test('a download that breaks off is tried again', async () => {
  await using shop = await workshop({ ...kindRoutes(), [kindFile]: [status(503), cut(binary), body(binary)] })
  const clock = fakeClock()
  assert.equal((await shop.install('kind', 'v0.32.0', { http: { clock } })).source, 'download')
  assert.deepEqual(clock.sleeps, [1, 2])
})

test('a tool cache that cannot be written is named', async () => {
  await using shop = await workshop(kindRoutes())
  await writeFile(join(shop.cache, 'kind'), 'in the way')
  const { what, remedy } = await failureOf(shop.install('kind', 'v0.32.0'))
  assert.equal(what, `${join(shop.cache, 'kind', '0.32.0', 'x64')} cannot be written`)
  assert.equal(remedy, 'see whether the folder may be written and its disk has room')
  assert.deepEqual(await readdir(shop.scratch), [])
})

test('an aborted installation ends with the reason of the signal, not with a tool that is not used', async () => {
  await using shop = await workshop(kindRoutes())
  await shop.program('kind', 'kind v0.32.0')
  const stop = new AbortController()
  stop.abort(new Error('stopped by test'))
  const running = installTool({ name: 'kind', version: 'v0.32.0', mirrors: {} }, rememberingWork(stop.signal), shop.machine)
  await assert.rejects(running, { message: 'stopped by test' })
})
