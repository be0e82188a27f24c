import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ToolName } from '../../../src/tools/catalogue.ts'
import { nearest, readWantedVersion, resolveVersion, satisfies } from '../../../src/tools/version.ts'
import { body, failureOf, fakeClock, json, type Routes, rememberingWork, serve, status } from '../host/fault-server.ts'
import { releases } from './upstream.ts'

/** Resolves against upstream as `routes` has it; also returns what was asked. */
async function resolve(name: ToolName, wanted: string, routes: Routes) {
  await using server = await serve(routes)
  const mirrors = Object.fromEntries(
    ['github.com', 'api.github.com', 'dl.k8s.io', 'get.helm.sh'].map(host => [host, `${server.base}/${host}`]),
  )
  const asked = () => server.requests.map(request => request.path)
  const version = await resolveVersion(name, readWantedVersion(name, wanted), rememberingWork(), { mirrors, clock: fakeClock() })
  return { version, asked: asked() }
}

const kind = releases('kubernetes-sigs/kind', 'v0.33.0-alpha', 'v0.32.0', 'v0.31.2', 'v0.31.10', 'v0.30.0')
const kubernetes: Routes = {
  '/dl.k8s.io/release/stable.txt': body('v1.36.3\n'),
  '/dl.k8s.io/release/stable-1.36.txt': body('v1.36.3'),
  '/dl.k8s.io/release/stable-1.35.txt': body('v1.35.7'),
  '/dl.k8s.io/release/stable-1.34.txt': body('v1.34.11'),
  '/dl.k8s.io/release/stable-1.33.txt': body('v1.33.15'),
}
const helm: Routes = {
  '/get.helm.sh/helm-latest-version': body('v4.2.4\n'),
  '/get.helm.sh/helm3-latest-version': body('v3.21.4\n'),
  ...releases('helm/helm', 'v4.2.4', 'v3.21.4', 'v4.2.3', 'v3.20.1', 'v3.20.0', 'v2.17.0'),
}

test('a version is exact, with or without v', () => {
  assert.deepEqual(readWantedVersion('kubectl', ' 1.34.4 '), { is: 'exact', version: 'v1.34.4' })
  assert.deepEqual(readWantedVersion('kubectl', 'v1.34.4'), { is: 'exact', version: 'v1.34.4' })
  assert.deepEqual(readWantedVersion('clusterctl', 'v1.14.0-beta.1'), { is: 'exact', version: 'v1.14.0-beta.1' })
})

test('a version is a range, or latest', () => {
  for (const range of ['1.34.x', 'v1.34.x', '1.34', '^5.8', '>=1.33 <1.35', '*']) {
    assert.deepEqual(readWantedVersion('kubectl', range), { is: 'range', range })
  }
  assert.deepEqual(readWantedVersion('kubectl', 'latest'), { is: 'latest' })
})

test('anything else is an error with the version that it resembles', async () => {
  const read = (text: string) => failureOf(Promise.resolve().then(() => readWantedVersion('kubectl', text)))
  const why = 'a version is exact (v1.34.4), a range (1.34.x, ^5.8, ">=1.33 <1.35") or latest'
  assert.deepEqual(await read('1.34.4.4'), {
    what: 'kubectl: "1.34.4.4" is not a version',
    why,
    remedy: 'write v1.34.4, if that is what you mean',
  })
  assert.deepEqual(await read('newest'), { what: 'kubectl: "newest" is not a version', why, remedy: 'write latest for the newest kubectl' })
  assert.deepEqual(await read(''), { what: 'kubectl: "" is not a version', why, remedy: 'write latest for the newest kubectl' })
})

test('a prerelease satisfies itself, but no range', () => {
  assert.ok(satisfies('v1.32.4-dispatcher', readWantedVersion('kubectl', '1.32.4-dispatcher')))
  assert.ok(!satisfies('v1.32.4-dispatcher', readWantedVersion('kubectl', '1.32.x')))
  assert.ok(!satisfies('v1.32.4', readWantedVersion('kubectl', 'latest')))
})

test('an exact version is resolved without a question', async () => {
  assert.deepEqual(await resolve('kind', '0.31.0', {}), { version: 'v0.31.0', asked: [] })
})

test('latest is the highest release that is no prerelease', async () => {
  assert.equal((await resolve('kind', 'latest', kind)).version, 'v0.32.0')
})

test('a range is its highest release, by number and not by spelling', async () => {
  assert.equal((await resolve('kind', '0.31.x', kind)).version, 'v0.31.10')
})

test('drafts, marked prereleases and tags of other modules are no versions', async () => {
  const list = json([
    { tag_name: 'kyaml/v9.0.0', draft: false, prerelease: false },
    { tag_name: 'kustomize/v6.1.0', draft: true, prerelease: false },
    { tag_name: 'kustomize/v6.0.0', draft: false, prerelease: true },
    { tag_name: 'kustomize/v5.8.1', draft: false, prerelease: false },
    { tag_name: 'v7.0.0', draft: false, prerelease: false },
  ])
  const routes = { '/api.github.com/repos/kubernetes-sigs/kustomize/releases': list }
  assert.equal((await resolve('kustomize', 'latest', routes)).version, 'v5.8.1')
  assert.equal((await resolve('kustomize', '>=5', routes)).version, 'v5.8.1')
})

test('a range reads every page of releases', async () => {
  const page = (first: number, count: number) => json(Array.from({ length: count }, (_, below) => ({ tag_name: `v1.${first - below}.0` })))
  const routes: Routes = { '/api.github.com/repos/kubernetes-sigs/cluster-api/releases': [page(150, 100), page(50, 50)] }
  const { version, asked } = await resolve('clusterctl', '1.7.x', routes)
  assert.equal(version, 'v1.7.0')
  assert.deepEqual(asked, [
    '/api.github.com/repos/kubernetes-sigs/cluster-api/releases?per_page=100&page=1',
    '/api.github.com/repos/kubernetes-sigs/cluster-api/releases?per_page=100&page=2',
  ])
})

test('a range without a release is an error with the nearest version', async () => {
  assert.deepEqual(await failureOf(resolve('kind', '0.99.x', kind)), {
    what: 'kind: no published version satisfies 0.99.x',
    why: 'the newest is v0.32.0',
    remedy: 'use v0.32.0, the nearest version',
  })
})

test('the newest kubectl is the one that dl.k8s.io names', async () => {
  assert.deepEqual(await resolve('kubectl', 'latest', kubernetes), { version: 'v1.36.3', asked: ['/dl.k8s.io/release/stable.txt'] })
})

test('a range of kubectl asks only for the minors that it needs', async () => {
  assert.deepEqual(await resolve('kubectl', '>=1.30', kubernetes), { version: 'v1.36.3', asked: ['/dl.k8s.io/release/stable.txt'] })
  const narrow = await resolve('kubectl', '>=1.33 <1.35', kubernetes)
  assert.equal(narrow.version, 'v1.34.11')
  assert.deepEqual(narrow.asked, ['/dl.k8s.io/release/stable.txt', '/dl.k8s.io/release/stable-1.34.txt'])
})

test('a range of kubectl may end within a minor', async () => {
  assert.equal((await resolve('kubectl', '~1.34.1 <1.34.6', kubernetes)).version, 'v1.34.5')
})

test('a range above every kubectl is an error with the newest', async () => {
  assert.deepEqual(await failureOf(resolve('kubectl', '1.99.x', kubernetes)), {
    what: 'kubectl: no published version satisfies 1.99.x',
    why: 'the newest is v1.36.3',
    remedy: 'use v1.36.3, the nearest version',
  })
})

test('the newest helm of a major is the one that get.helm.sh names', async () => {
  assert.deepEqual(await resolve('helm', 'latest', helm), { version: 'v4.2.4', asked: ['/get.helm.sh/helm-latest-version'] })
  const three = await resolve('helm', '^3.15', helm)
  assert.equal(three.version, 'v3.21.4')
  assert.deepEqual(three.asked, ['/get.helm.sh/helm-latest-version', '/get.helm.sh/helm3-latest-version'])
})

test('an older helm is found among the releases on GitHub', async () => {
  assert.equal((await resolve('helm', '3.20.x', helm)).version, 'v3.20.1')
  assert.equal((await resolve('helm', '2.x', helm)).version, 'v2.17.0')
})

test('a list that is refused is an error of that list', async () => {
  const routes = { '/api.github.com/repos/kubernetes-sigs/kind/releases': status(403) }
  const { why, remedy } = await failureOf(resolve('kind', 'latest', routes))
  assert.equal(why, 'the server answered 403 Forbidden')
  assert.equal(remedy, 'set github-token: without one, GitHub allows 60 requests an hour from one address')
})

test('a page in place of a version is an error that shows its beginning', async () => {
  const { what, why } = await failureOf(resolve('kubectl', 'latest', { '/dl.k8s.io/release/stable.txt': body('<html>') }))
  assert.equal(what, 'https://dl.k8s.io/release/stable.txt does not hold a version')
  assert.equal(why, 'it begins with "<html>"')
})

test('the nearest version is of the same minor if there is one, and rather older than newer', () => {
  const versions = ['v1.36.0', 'v1.34.1', 'v1.34.4', 'v1.33.9']
  assert.equal(nearest('v1.34.9', versions), 'v1.34.4')
  assert.equal(nearest('v1.34.0', versions), 'v1.34.1')
  assert.equal(nearest('v1.35.2', versions), 'v1.34.4')
  assert.equal(nearest('v1.2.0', versions), 'v1.33.9')
  assert.equal(nearest('v1.2.0', []), undefined)
})
