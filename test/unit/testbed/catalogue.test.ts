import assert from 'node:assert/strict'
import test from 'node:test'
import { type Answer, answer, type Catalogue } from '../../testbed/served/catalogue.ts'

const catalogue: Catalogue = {
  releases: [
    {
      repository: 'kubernetes-sigs/kind',
      tag: 'v0.32.0',
      assets: [{ name: 'kind-linux-amd64', file: '/made/kind' }],
      checksums: 'sha256sum',
    },
    {
      repository: 'kubernetes-sigs/kustomize',
      tag: 'kustomize/v5.8.1',
      assets: [{ name: 'kustomize_v5.8.1_linux_amd64.tar.gz', file: '/made/kustomize.tar.gz' }],
      checksums: 'checksums.txt',
    },
    {
      repository: 'kubernetes-sigs/cluster-api',
      tag: 'v1.13.4',
      assets: [{ name: 'clusterctl-linux-amd64', file: '/made/clusterctl' }],
      checksums: 'none',
    },
  ],
  files: [{ url: 'dl.k8s.io/release/v1.34.4/bin/linux/amd64/kubectl', file: '/made/kubectl', checksums: ['.sha256', '.sha512'] }],
  texts: [{ url: 'dl.k8s.io/release/stable.txt', text: 'v1.34.4' }],
  images: [],
}

const base = 'http://127.0.0.1:17080'
const digest = async (file: string, algorithm: string) => `${algorithm}-of-${file}`
const get = (path: string): Promise<Answer> => answer(catalogue, path, base, digest)
const text = async (path: string) => {
  const found = await get(path)
  assert.equal(found.kind, 'text')
  return found.kind === 'text' ? found.text : ''
}

test('a release asset lies under its tag, and a tag may hold a slash', async () => {
  assert.deepEqual(await get('/github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-linux-amd64'), {
    kind: 'file',
    file: '/made/kind',
  })
  assert.deepEqual(
    await get('/github.com/kubernetes-sigs/kustomize/releases/download/kustomize/v5.8.1/kustomize_v5.8.1_linux_amd64.tar.gz'),
    {
      kind: 'file',
      file: '/made/kustomize.tar.gz',
    },
  )
})

test('kind has a checksum file beside each asset, with hash and name', async () => {
  assert.equal(
    await text('/github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-linux-amd64.sha256sum'),
    'sha256-of-/made/kind  kind-linux-amd64\n',
  )
})

test('kustomize has one checksums.txt', async () => {
  assert.equal(
    await text('/github.com/kubernetes-sigs/kustomize/releases/download/kustomize/v5.8.1/checksums.txt'),
    'sha256-of-/made/kustomize.tar.gz  kustomize_v5.8.1_linux_amd64.tar.gz\n',
  )
})

test('clusterctl has no checksum file, only the digest that the API tells', async () => {
  assert.deepEqual(await get('/github.com/kubernetes-sigs/cluster-api/releases/download/v1.13.4/clusterctl-linux-amd64.sha256sum'), {
    kind: 'none',
  })
  assert.deepEqual(await get('/github.com/kubernetes-sigs/cluster-api/releases/download/v1.13.4/checksums.txt'), { kind: 'none' })
  const release = JSON.parse(await text('/api.github.com/repos/kubernetes-sigs/cluster-api/releases/tags/v1.13.4'))
  assert.equal(release.tag_name, 'v1.13.4')
  assert.deepEqual(release.assets, [
    {
      name: 'clusterctl-linux-amd64',
      state: 'uploaded',
      browser_download_url: `${base}/github.com/kubernetes-sigs/cluster-api/releases/download/v1.13.4/clusterctl-linux-amd64`,
      digest: 'sha256:sha256-of-/made/clusterctl',
    },
  ])
})

test('the API lists releases and knows the latest', async () => {
  const all = JSON.parse(await text('/api.github.com/repos/kubernetes-sigs/kustomize/releases'))
  assert.deepEqual(
    all.map((release: { tag_name: string }) => release.tag_name),
    ['kustomize/v5.8.1'],
  )
  assert.equal(JSON.parse(await text('/api.github.com/repos/kubernetes-sigs/kind/releases/latest')).tag_name, 'v0.32.0')
  assert.deepEqual(await get('/api.github.com/repos/kubernetes-sigs/kind/releases/tags/v9'), { kind: 'none' })
})

test('the latest release is a redirect, as on GitHub', async () => {
  const home = `${base}/github.com/kubernetes-sigs/kind/releases`
  assert.deepEqual(await get('/github.com/kubernetes-sigs/kind/releases/latest'), { kind: 'redirect', to: `${home}/tag/v0.32.0` })
  assert.deepEqual(await get('/github.com/kubernetes-sigs/kind/releases/latest/download/kind-linux-amd64'), {
    kind: 'redirect',
    to: `${home}/download/v0.32.0/kind-linux-amd64`,
  })
})

test('kubectl is published with bare hashes, and stable.txt names its version', async () => {
  const url = '/dl.k8s.io/release/v1.34.4/bin/linux/amd64/kubectl'
  assert.deepEqual(await get(url), { kind: 'file', file: '/made/kubectl' })
  assert.equal(await text(`${url}.sha256`), 'sha256-of-/made/kubectl')
  assert.equal(await text(`${url}.sha512`), 'sha512-of-/made/kubectl')
  assert.equal(await text('/dl.k8s.io/release/stable.txt'), 'v1.34.4')
  assert.deepEqual(await get(`${url}.sha1`), { kind: 'none' })
})
