import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkoutOf, discoverProviders, findProviders } from '../../../src/providers/discover.ts'
import { refusal } from '../refusal.ts'
import { filesOf } from './checkout.ts'

const find = (texts: Record<string, string>, folder = 'foo') =>
  findProviders(filesOf(texts), { folder, shown: path => (path === '.' ? `../${folder}` : `../${folder}/${path}`) })

const FOO = 'name: foo\nconfig: {image: foo}\n'
const deployment = (image: string, container = 'manager') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: controller-manager}\nspec:\n  template:\n    spec:\n      containers:\n      - name: ${container}\n        image: ${image}\n`
const kustomization = (label: string) =>
  `resources: [../manager]\npatches: [{path: manager_image_patch.yaml}]\nlabels:\n- pairs:\n    cluster.x-k8s.io/provider: ${label}\n`

test('tilt-provider.yaml goes before tilt-provider.json, as in Tilt', () => {
  const { entries, notices } = find({ 'tilt-provider.yaml': FOO, 'tilt-provider.json': '{}' })
  assert.deepEqual(
    entries.map(({ name, source, where, manifests }) => [name, source, where, manifests]),
    [['foo', 'tilt-provider', '../foo/tilt-provider.yaml:1:1', []]],
  )
  assert.deepEqual(notices, ['../foo/tilt-provider.json is not read: there is ../foo/tilt-provider.yaml, which goes before it'])
  assert.equal(find({ 'tilt-provider.json': '{"name": "foo", "config": {}}' }).entries[0]?.where, '../foo/tilt-provider.json:1:1')
})

test('files of Tilt below the root are pointed out, not read', () => {
  const { entries, notices } = find({
    'tilt-provider.yaml': FOO,
    'test/extension/tilt-provider.yaml': 'broken',
    'vendor/x/tilt-provider.json': '',
  })
  assert.equal(entries.length, 1)
  assert.deepEqual(notices, ['../foo/test/extension has providers of its own: add it to `provider-repos` to have them'])
})

test('a file of another name is pointed out', () => {
  const { notices } = find({ 'tilt.json': '{"name": "foo",}', 'config/default/kustomization.yaml': '' })
  assert.equal(notices[0], '../foo/tilt.json is not read: a file with this is called tilt-provider.yaml or tilt-provider.json')
})

test('a provider of Tilt has the identity that its repository tells', () => {
  const { entries } = find({ 'tilt-provider.yaml': FOO, 'go.mod': 'module example.org/cluster-api-ipam-provider-foo\n' })
  assert.deepEqual(entries[0]?.identity, { name: 'ipam-foo', type: 'ipam', providerName: 'foo', from: 'go.mod' })
})

test('without a file the provider is inferred, and it is said from what', () => {
  const { entries, notices } = find({
    'go.mod': 'module example.org/cluster-api-provider-maas\n',
    Dockerfile: '',
    'config/default/kustomization.yaml': kustomization('infrastructure-maas'),
    'config/default/manager_image_patch.yaml': deployment('ghcr.io/org/maas:latest'),
    'config/manager/manager.yaml': deployment('controller:latest'),
  })
  const [entry] = entries
  assert.deepEqual(
    [entry?.name, entry?.label, entry?.image, entry?.kustomizeFolder, entry?.source, entry?.identity.type],
    ['maas', 'maas', 'ghcr.io/org/maas:latest', 'config/default', 'inferred', 'infrastructure'],
  )
  assert.deepEqual(notices, [
    'provider maas is inferred, as there is no tilt-provider file: its name from the label in config/default/kustomization.yaml, its manifests from config/default, its image ghcr.io/org/maas:latest from config/default/manager_image_patch.yaml; `provider-config` can say otherwise (../foo/config/default:1:1)',
  ])
})

test('a plain kubebuilder project is inferred, with the image that its kustomizations give a new name', () => {
  const texts = {
    PROJECT: 'projectName: guestbook\n',
    'go.mod': 'module example.org/guestbook\n',
    'config/default/kustomization.yaml': 'resources: [../manager]\n',
    'config/manager/kustomization.yaml':
      'resources: [manager.yaml]\nimages:\n- name: controller\n  newName: example.org/guestbook\n  newTag: v0.1\n',
    'config/manager/manager.yaml': `apiVersion: v1\nkind: Namespace\n---\n${deployment('controller:latest')}`,
  }
  assert.deepEqual(
    find(texts).entries.map(({ name, image, identity }) => [name, image, identity.type]),
    [['guestbook', 'example.org/guestbook:v0.1', undefined]],
  )
  const { 'config/manager/kustomization.yaml': _, ...bare } = texts
  assert.equal(find(bare).entries[0]?.image, 'controller:latest')
})

test('an image is that of the kustomization nearest to the top that patches it', () => {
  const { entries } = find({
    'go.mod': 'module example.org/foo\n',
    'config/default/kustomization.yaml': 'resources: [../base, https://example.org/x.yaml]\npatches:\n- path: replicas.yaml\n',
    'config/default/unlisted.yaml': deployment('example.org/unlisted'),
    'config/default/replicas.yaml': 'kind: Deployment\nspec: {replicas: 1}\n',
    'config/base/kustomization.yaml': 'resources: [../manager]\npatchesStrategicMerge: [image.yaml]\n',
    'config/base/image.yaml': deployment('example.org/patched:dev'),
    'config/manager/kustomization.yaml': 'resources: [manager.yaml, ../base]\n',
    'config/manager/manager.yaml': deployment('controller:latest'),
  })
  assert.equal(entries[0]?.image, 'example.org/patched:dev')
})

test('of several providers in one folder each is told by the label of its own kustomization alone', () => {
  const { entries } = find({
    'go.mod': 'module example.org/cluster-api-provider-foo\n',
    'tilt-provider.yaml':
      '- {name: foo, config: {}}\n- {name: bar, config: {kustomize_folder: config/bar}}\n- {name: baz, config: {kustomize_folder: config/baz}}\n',
    'config/default/kustomization.yaml': kustomization('infrastructure-foo'),
    'config/bar/kustomization.yaml': kustomization('ipam-bar'),
  })
  assert.deepEqual(
    entries.map(({ identity }) => [identity.type, identity.providerName]),
    [
      ['infrastructure', 'foo'],
      ['ipam', 'bar'],
      [undefined, 'baz'],
    ],
  )
})

test('the proxy beside a manager, and files with variables that leave no YAML, are passed over', () => {
  const proxied = `${deployment('example.org/proxy', 'kube-rbac-proxy')}      - name: manager\n        image: example.org/foo\n`
  const { entries } = find({
    Dockerfile: '',
    'config/default/kustomization.yaml': '',
    'config/default/a.yaml': '${LINE}\nkind: Deployment',
    'config/manager/manager.yaml': proxied,
  })
  assert.equal(entries[0]?.image, 'example.org/foo')
})

test('a repository with two providers and one Dockerfile has both', () => {
  const { entries } = find({
    'go.mod': 'module example.org/cluster-api-k8s\n',
    Dockerfile: '',
    'bootstrap/config/default/kustomization.yaml': kustomization('bootstrap-k8s'),
    'bootstrap/config/manager/manager.yaml': deployment('ghcr.io/org/bootstrap'),
    'controlplane/config/default/kustomization.yaml': 'resources: [../manager]\n',
    'controlplane/config/manager/manager.yaml': deployment('ghcr.io/org/controlplane'),
    'test/extension/config/default/kustomization.yaml': '',
  })
  assert.deepEqual(
    entries.map(({ name, context, image }) => [name, context, image]),
    [
      ['k8s-bootstrap', 'bootstrap', 'ghcr.io/org/bootstrap'],
      ['k8s-control-plane', 'controlplane', 'ghcr.io/org/controlplane'],
    ],
  )
})

test('kustomizations in test folders are left out, which is said', () => {
  const { entries, notices } = find({ 'config/default/kustomization.yaml': '', 'test/extension/config/default/kustomization.yaml': '' })
  assert.equal(entries.length, 1)
  assert.equal(notices.at(-1), 'test/extension/config/default is left out: name it in `provider-config`, with its `context`, to have it')
})

test('without a Dockerfile and a go.mod nothing is built', () => {
  const { entries, notices } = find({
    'config/default/kustomization.yaml': '',
    'config/default/manager.yaml': deployment('example.org/foo'),
  })
  assert.equal(entries[0]?.image, undefined)
  assert.match(notices[0] ?? '', /there is no image of it that could be built here/)
})

test('a folder with a Dockerfile and manifests is a provider too, with and without a kustomization', () => {
  const plain = find(
    {
      Dockerfile: '',
      'k8s/service.yaml': 'apiVersion: v1\nkind: Service\n',
      'k8s/database.yaml': deployment('postgres:17', 'database'),
      'k8s/deployment.yaml': deployment('shop:dev', 'web'),
      'k8s/values.yaml': 'a: 1\n',
    },
    'shop',
  ).entries[0]
  assert.deepEqual(
    [plain?.name, plain?.image, plain?.manifests],
    ['shop', 'shop:dev', ['k8s/database.yaml', 'k8s/deployment.yaml', 'k8s/service.yaml']],
  )
  const kustomized = find(
    { Dockerfile: '', 'deploy/base/kustomization.yaml': '', 'deploy/base/app.yaml': deployment('shop', 'web') },
    'shop',
  ).entries[0]
  assert.deepEqual([kustomized?.kustomizeFolder, kustomized?.image, kustomized?.manifests], ['deploy/base', 'shop', []])
})

test('where nothing can be deployed, it is said what was looked for, and what there is', () => {
  const none = refusal(() => find({ 'main.go': '' }))
  assert.equal(none.what, 'there is no provider in ../foo')
  assert.match(none.why ?? '', /it has none of a tilt-provider file, config\/default, \*\/config\/default, config\/, deploy\//)
  const chart = refusal(() => find({ 'main.go': '', 'charts/foo/Chart.yaml': '' }))
  assert.match(chart.remedy ?? '', /\(`kustomize-folder`\), or its chart charts\/foo as `helm-charts`$/)
  const others = refusal(() => find({ 'config/clusterapi/all/kustomization.yaml': '', 'extensions/config/default/kustomization.yaml': '' }))
  assert.match(others.remedy ?? '', /as `kustomize-folder`: extensions\/config\/default, config\/clusterapi\/all$/)
})

test('a checkout on the disk is read; a repository inside a checkout knows its root', async () => {
  const root = await mkdtemp(join(tmpdir(), 'discover-'))
  try {
    await mkdir(join(root, 'repo/.git'), { recursive: true })
    await mkdir(join(root, 'repo/test/extension'), { recursive: true })
    await writeFile(join(root, 'repo/go.mod'), 'module example.org/foo\n')
    await writeFile(join(root, 'repo/test/extension/tilt-provider.yaml'), FOO)
    const { entries } = await discoverProviders(join(root, 'repo/test/extension'), './test/extension')
    assert.deepEqual(
      entries.map(({ name, where }) => [name, where]),
      [['foo', 'test/extension/tilt-provider.yaml:1:1']],
    )
    assert.deepEqual(checkoutOf(join(root, 'repo/test/extension')), { top: join(root, 'repo'), folder: 'test/extension' })
    await rename(join(root, 'repo/.git'), join(root, 'repo/.nogit'))
    await writeFile(join(root, 'repo/test/go.mod'), 'module example.org/foo/test\n')
    await writeFile(join(root, 'go.mod'), 'module example.org/other\n')
    assert.deepEqual(checkoutOf(join(root, 'repo/test/extension')), { top: join(root, 'repo'), folder: 'test/extension' })
    assert.deepEqual(checkoutOf(join(root, 'repo')), { top: join(root, 'repo'), folder: '.' })
  } finally {
    await rm(root, { recursive: true })
  }
})
