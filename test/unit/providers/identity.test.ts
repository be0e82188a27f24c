import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identify } from '../../../src/providers/identity.ts'
import { filesOf } from './checkout.ts'

const identityOf = (texts: Record<string, string>, context = '.', folder = 'checkout') => {
  const { name, type, providerName, from } = identify(filesOf(texts), context, folder)
  return [name, type, providerName, from]
}
const module = (path: string) => ({ 'go.mod': `module ${path}\n` })
const label = (value: string, context = '') => ({
  [`${context}config/default/kustomization.yaml`]: `labels:\n- pairs:\n    cluster.x-k8s.io/provider: ${value}\n`,
})

test('a label with a type says what a provider is, whatever its repository is called', () => {
  const file = 'the label in config/default/kustomization.yaml'
  assert.deepEqual(identityOf({ ...label('infrastructure-foo'), ...module('github.com/org/cluster-api-provider-bar') }), [
    'foo',
    'infrastructure',
    'foo',
    file,
  ])
  assert.deepEqual(identityOf(label('"control-plane-foo"')), ['foo-control-plane', 'control-plane', 'foo', file])
  assert.deepEqual(identityOf(label('ipam-foo')), ['ipam-foo', 'ipam', 'foo', file])
  assert.deepEqual(identityOf(label('cluster-api')), ['core', 'core', 'cluster-api', file])
})

test('a label without a type says nothing: clusterctl-settings.json and the name of the repository do', () => {
  const kamaji = { ...label('kamaji'), ...module('github.com/org/cluster-api-control-plane-provider-kamaji/v2') }
  assert.deepEqual(identityOf(kamaji), ['kamaji-control-plane', 'control-plane', 'kamaji', 'go.mod'])
  const settings = { 'clusterctl-settings.json': '{"name": "infrastructure-foo", "config": {}}', ...module('github.com/org/capf') }
  assert.deepEqual(identityOf(settings), ['foo', 'infrastructure', 'foo', 'clusterctl-settings.json'])
  const bare = { 'clusterctl-settings.json': '{"name": "microk8s"}', ...module('github.com/org/cluster-api-bootstrap-provider-microk8s') }
  assert.deepEqual(identityOf(bare), ['microk8s-bootstrap', 'bootstrap', 'microk8s', 'go.mod'])
})

test('names of repositories say type and name', () => {
  const of = (name: string) => identityOf(module(`github.com/org/${name}`)).slice(0, 3)
  assert.deepEqual(of('cluster-api-provider-foo'), ['foo', 'infrastructure', 'foo'])
  assert.deepEqual(of('cluster-api-ipam-provider-foo'), ['ipam-foo', 'ipam', 'foo'])
  assert.deepEqual(of('cluster-api-addon-foo'), ['foo', 'addon', 'foo'])
  assert.deepEqual(of('cluster-api-foo'), ['foo', undefined, 'foo'])
  assert.deepEqual(identityOf({}, '.', 'cluster-api-provider-foo'), ['foo', 'infrastructure', 'foo', 'the folder'])
})

test('a repository with a provider of each type names them after their folders', () => {
  const repository = module('github.com/org/cluster-api-k8s')
  assert.deepEqual(identityOf(repository, 'bootstrap').slice(0, 3), ['k8s-bootstrap', 'bootstrap', 'k8s'])
  assert.deepEqual(identityOf(repository, 'controlplane/nested').slice(0, 3), ['k8s-control-plane', 'control-plane', 'k8s'])
  assert.deepEqual(identityOf(repository, 'other').slice(0, 3), ['k8s-other', undefined, 'k8s'])
})

test('any controller is called as its kubebuilder project, else as its module or folder', () => {
  const project = {
    PROJECT: 'domain: example.org\nprojectName: guestbook\nlayout:\n- go.kubebuilder.io/v4\n',
    ...module('example.org/code/books'),
  }
  assert.deepEqual(identityOf(project), ['guestbook', undefined, 'guestbook', 'PROJECT'])
  assert.deepEqual(identityOf(module('example.org/books')), ['books', undefined, 'books', 'go.mod'])
  assert.deepEqual(identityOf({ PROJECT: '- not\n a: project' }, '.', 'shop'), ['shop', undefined, 'shop', 'the folder'])
})
