import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue, type ToolName } from '../../../src/tools/catalogue.ts'
import { readVersion } from '../../../src/tools/on-path.ts'
import { type Platform, platformOf } from '../../../src/tools/platform.ts'
import { failureOf } from '../host/fault-server.ts'

const linux: Platform = { os: 'linux', arch: 'amd64' }
const mac: Platform = { os: 'darwin', arch: 'arm64' }
const published = (name: ToolName, version: string, platform: Platform) => {
  const { asset, member, checksum } = catalogue[name]
  const url = asset(version, platform)
  return [url, member?.(platform), checksum.in === 'file' ? checksum.url(url) : `the API's release of ${checksum.repository}`]
}

test('every tool is asked for where upstream publishes it, with its checksum', () => {
  assert.deepEqual(published('kind', 'v0.32.0', linux), [
    'https://github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-linux-amd64',
    undefined,
    'https://github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-linux-amd64.sha256sum',
  ])
  assert.deepEqual(published('kustomize', 'v5.8.1', mac), [
    'https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize/v5.8.1/kustomize_v5.8.1_darwin_arm64.tar.gz',
    'kustomize',
    'https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize/v5.8.1/checksums.txt',
  ])
  assert.deepEqual(published('clusterctl', 'v1.13.4', mac), [
    'https://github.com/kubernetes-sigs/cluster-api/releases/download/v1.13.4/clusterctl-darwin-arm64',
    undefined,
    "the API's release of kubernetes-sigs/cluster-api",
  ])
  assert.deepEqual(published('kubectl', 'v1.34.4', linux), [
    'https://dl.k8s.io/release/v1.34.4/bin/linux/amd64/kubectl',
    undefined,
    'https://dl.k8s.io/release/v1.34.4/bin/linux/amd64/kubectl.sha256',
  ])
  assert.deepEqual(published('helm', 'v3.21.4', mac), [
    'https://get.helm.sh/helm-v3.21.4-darwin-arm64.tar.gz',
    'darwin-arm64/helm',
    'https://get.helm.sh/helm-v3.21.4-darwin-arm64.tar.gz.sha256sum',
  ])
})

test("every tool's own way to say its version is understood", () => {
  assert.equal(readVersion('kind v0.32.0 go1.26.8 linux/amd64\n'), 'v0.32.0')
  assert.equal(readVersion('v5.8.1\n'), 'v5.8.1')
  assert.equal(readVersion('{Version:kustomize/v4.5.7 GitCommit:56d82a8378 BuildDate:2022-08-02T16:35:54Z}'), 'v4.5.7')
  assert.equal(readVersion('{"clientVersion":{"gitVersion":"v1.34.4","goVersion":"go1.24.1"},"kustomizeVersion":"v5.7.1"}'), 'v1.34.4')
  assert.equal(readVersion('{"clientVersion":{"gitVersion":"v1.34.4+k3s1"}}'), 'v1.34.4')
  assert.equal(readVersion('v3.21.4+g5a3fbf1\n'), 'v3.21.4')
})

test('a prerelease is not taken for its release, and no version for none', () => {
  assert.equal(readVersion('kind v0.33.0-alpha+2b4c5d go1.26.0 linux/amd64'), 'v0.33.0-alpha')
  assert.equal(readVersion('{"clientVersion":{"gitVersion":"v1.32.4-dispatcher"}}'), 'v1.32.4-dispatcher')
  assert.equal(readVersion('(devel)'), undefined)
})

test('Linux and macOS on amd64 and arm64 are platforms, anything else is refused', async () => {
  assert.deepEqual(platformOf({ os: 'darwin', arch: 'x64', env: {} }, 'kind v0.32.0'), { os: 'darwin', arch: 'amd64' })
  assert.deepEqual(await failureOf(Promise.resolve().then(() => platformOf({ os: 'win32', arch: 'x64', env: {} }, 'kind v0.32.0'))), {
    what: 'kind v0.32.0 cannot be downloaded for win32/x64',
    why: 'tools are downloaded for linux and darwin on x64 and arm64',
    remedy: 'put kind v0.32.0 on PATH yourself',
  })
})
