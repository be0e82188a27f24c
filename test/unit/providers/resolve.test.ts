import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { findProviders } from '../../../src/providers/discover.ts'
import type { Repository } from '../../../src/providers/repository.ts'
import { resolveProviders } from '../../../src/providers/resolve.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { capiCheckout, filesOf } from './checkout.ts'

/** A checkout with these managers' folders. */
function checkout(version: string, folders: readonly string[], modules: readonly string[] = ['.', 'test']): Repository {
  const files = new Set([
    ...folders.flatMap(folder => (folder === '.' ? ['main.go', 'config/default'] : [`${folder}/main.go`, `${folder}/config/default`])),
    ...modules.map(module => (module === '.' ? 'go.mod' : `${module}/go.mod`)),
  ])
  return capiCheckout({ version, clusterctl: version, has: path => files.has(path) })
}

const rest = ['bootstrap/kubeadm', 'controlplane/kubeadm', 'test/infrastructure/docker', 'test/extension']
const v113 = checkout('v1.13.4', ['.', ...rest])
const v114 = checkout('v1.14.2', ['core', ...rest])

const settings = (given: Record<string, string> = {}) => loadSettings({ given, env: {}, cwd: import.meta.dirname })

async function failureOf(
  given: Record<string, string>,
  repository: Repository,
): Promise<Pick<Failure, 'what' | 'why' | 'remedy' | 'where'>> {
  const wanted = await settings(given)
  try {
    resolveProviders(wanted, [repository])
  } catch (error) {
    assert.ok(error instanceof Failure)
    const { what, why, remedy, where } = error
    return { what, why, remedy, where }
  }
  return assert.fail('the providers were taken')
}

test('a checkout of v1.13 has core at its root', async () => {
  const [core, ...others] = resolveProviders(await settings(), [v113])
  assert.deepEqual(core, {
    name: 'core',
    source: 'built-in',
    repository: '/capi',
    context: '/capi',
    version: 'v1.13.4',
    hints: { likely: ['cluster-api'] },
    build: {
      image: 'gcr.io/k8s-staging-cluster-api/cluster-api-controller',
      user: '65532:65532',
      road: 'go',
      go: {
        moduleDir: '/capi',
        package: '.',
        tags: [],
        ldflags: [
          '-s',
          '-w',
          '-X sigs.k8s.io/cluster-api/version.gitVersion=v1.13.4',
          '-X sigs.k8s.io/cluster-api/version.gitMajor=1',
          '-X sigs.k8s.io/cluster-api/version.gitMinor=13',
        ],
      },
      dockerfile: { file: '/capi/Dockerfile', context: '/capi', target: undefined, args: undefined },
      command: undefined,
      prepare: undefined,
    },
    manifests: { folder: '/capi/config/default', files: [], options: [], substitutions: {}, pullPolicy: undefined, prepare: undefined },
    resources: { before: [], after: [] },
    needs: { manager: [], addOns: [], resources: [] },
    wait: 'available',
    notices: [],
  })
  const shown = others.map(({ name, hints, manifests, build }) =>
    [name, ...hints.likely, manifests?.folder, build?.go?.moduleDir, build?.go?.package, build?.user].join(' '),
  )
  assert.deepEqual(shown, [
    'kubeadm-bootstrap bootstrap-kubeadm /capi/bootstrap/kubeadm/config/default /capi ./bootstrap/kubeadm 65532:65532',
    'kubeadm-control-plane control-plane-kubeadm /capi/controlplane/kubeadm/config/default /capi ./controlplane/kubeadm 65532:65532',
    'docker infrastructure-docker /capi/test/infrastructure/docker/config/default /capi/test ./infrastructure/docker 0:0',
  ])
})

test('a checkout of v1.14 has core in its own folder, and a build tag', async () => {
  const [core, , , docker] = resolveProviders(await settings(), [v114])
  assert.equal(core?.build?.go?.package, './core')
  assert.equal(core?.build?.go?.moduleDir, '/capi')
  assert.equal(core?.manifests?.folder, '/capi/core/config/default')
  assert.deepEqual([core?.build?.go?.tags, docker?.build?.go?.tags], [['fieldsv1string'], ['fieldsv1string']])
})

test('core comes first, whether it is said or not, and no provider comes twice', async () => {
  const names = async (providers: string) => resolveProviders(await settings({ providers }), [v113]).map(({ name }) => name)
  assert.deepEqual(await names('docker docker'), ['core', 'docker'])
  assert.deepEqual(await names('docker,core'), ['core', 'docker'])
})

test('the test extension brings its ExtensionConfig and comes after core', async () => {
  const extension = resolveProviders(await settings({ providers: 'test-extension' }), [v114]).at(-1)
  assert.deepEqual([extension?.hints.likely, extension?.needs.resources], [['runtime-extension-test-extension'], ['core']])
  assert.deepEqual(extension?.resources.after, ['/capi/test/extension/config/tilt/extensionconfig.yaml'])
})

test('an unknown provider is an error that names the nearest and all there are', async () => {
  assert.deepEqual(await failureOf({ providers: 'dokcer' }, v113), {
    what: 'provider dokcer is unknown',
    why: 'the repository has core, kubeadm-bootstrap, kubeadm-control-plane, docker, test-extension; clusterctl knows no release of this name',
    remedy: 'did you mean docker?',
    where: ['input providers'],
  })
  const several = await failureOf({ providers: 'mine, docker, another' }, v113)
  assert.deepEqual(
    [several.what, several.remedy],
    [
      'providers mine, another are unknown',
      'say one that the repository has, add its checkout to provider-repos, or say in provider-urls where its release is',
    ],
  )
})

test('an image for a provider that the repository does not have is an error', async () => {
  const failure = await failureOf({ images: 'dokcer=ghcr.io/me/capd-manager:v1' }, v113)
  assert.deepEqual([failure.what, failure.remedy, failure.where], ['provider dokcer is unknown', 'did you mean docker?', ['input images']])
})

test('a tree without the test module says what is missing', async () => {
  assert.deepEqual(await failureOf({ providers: 'docker' }, checkout('v1.13.4', ['.', ...rest], ['.'])), {
    what: 'provider docker is not in /capi',
    why: 'there is no test/go.mod',
    remedy: 'check out the whole repository: `test` is a Go module of its own',
    where: [],
  })
})

test('several entries of one repository, with one image and one label, are wanted together: the label is pointed out', async () => {
  const files = filesOf({
    'go.mod': 'module example.org/cluster-api-provider-foo\n',
    'main.go': 'package main\n',
    'config/default/kustomization.yaml': '',
    'config/supervisor/kustomization.yaml': '',
    'test/operator/8.0/kustomization.yaml': '',
    'tilt-provider.yaml': `---
- name: foo
  config: {image: "ghcr.io/org/foo:dev", label: CAPF}
- name: foo-supervisor
  config: {image: ghcr.io/org/foo, label: CAPF, kustomize_folder: /config/supervisor}
- name: operator-8.0
  config: {label: OP, version: "8.0", kustomize_folder: /test/operator/8.0, resource_deps: [capi_controller]}
`,
  })
  const { entries, notices } = findProviders(files, { folder: 'foo', shown: path => path })
  const repository = { ...files, root: '/foo', checkout: { ...files, root: '/foo', folder: '.' }, version: 'v1.2.3' }
  const found = { ...repository, clusterctl: undefined, entries, writtenFor: undefined, notices }
  const wanted = await settings({ providers: 'core:v1.13.4, foo, foo-supervisor, operator-8.0' })
  const [foo, supervisor, operator] = resolveProviders(wanted, [found])
  assert.deepEqual([foo?.build?.image, supervisor?.build?.image, operator?.build], ['ghcr.io/org/foo', 'ghcr.io/org/foo', undefined])
  assert.deepEqual([supervisor?.manifests?.folder, operator?.manifests?.folder], ['/foo/config/supervisor', '/foo/test/operator/8.0'])
  assert.deepEqual([foo?.version, operator?.version, operator?.needs.manager], ['v1.2.3', 'v8.0.0', ['core']])
  assert.deepEqual(foo?.notices, [])
  assert.match(supervisor?.notices.join() ?? '', /^providers foo and foo-supervisor have one label, CAPF: Tilt can’t have them together/)
})

test('what provider-config says of a provider of Cluster API’s own is done, as of any other', async () => {
  const said = `docker:
  version: v9.9.9
  dockerfile: hack/Dockerfile
  build-context: test
  image-archive: out.tar
  command: make image
  additional-docker-build-commands: COPY a /a
  additional-resources: [config/more.yaml]
  additional-uncategorized-resources: [/config/crds.yaml]
  resource-deps: [kcp_controller]
kubeadm-bootstrap: {apply-provider-yaml: false, build: go, go-main: .}
`
  const wanted = await settings({ 'provider-config': said })
  const all = resolveProviders(wanted, [{ ...v113, checkout: { ...v113.checkout, has: v113.has } }])
  const of = (name: string) => all.find(one => one.name === name) ?? assert.fail(name)
  const { version, build, resources, needs } = of('docker')
  assert.deepEqual(
    [version, build?.dockerfile?.file, build?.dockerfile?.context, build?.archive, build?.road, build?.additional?.image],
    ['v9.9.9', '/capi/hack/Dockerfile', '/capi/test', '/capi/out.tar', 'command', 'COPY a /a'],
  )
  const folder = '/capi/test/infrastructure/docker/config'
  assert.deepEqual(resources, { before: [`${folder}/crds.yaml`], after: [`${folder}/more.yaml`] })
  assert.deepEqual(needs.manager, ['kubeadm-control-plane'])
  assert.deepEqual([of('kubeadm-bootstrap').manifests, of('kubeadm-bootstrap').build?.go?.package], [undefined, './bootstrap/kubeadm'])
})

test('what the checkout decides of a provider of Cluster API’s own can not be said in provider-config', async () => {
  assert.deepEqual(await failureOf({ 'provider-config': 'docker: {image: mine, context: a}' }, v113), {
    what: 'provider-config says `context`, `image` of provider docker',
    why: 'it is Cluster API’s own, whose checkout decides that',
    remedy: 'remove them, or describe a provider of another name',
    where: ['input provider-config'],
  })
})

test('what a tilt-provider file names and the checkout has not got is said before anything is made, unless a command may make it', async () => {
  const config = 'image: ghcr.io/org/foo, context: sub, kustomize_folder: /config/none'
  const files = filesOf({
    'go.mod': 'module example.org/foo\n',
    'sub/main.go': 'package main\n',
    'sub/config/default/kustomization.yaml': '',
    'tilt-provider.yaml': `- {name: foo, config: {${config}}}\n- {name: bar, config: {label: B, context: sub, additional_resources: [/ext.yaml]}}\n`,
  })
  const { entries, notices } = findProviders(files, { folder: 'foo', shown: path => path })
  const repository = { ...files, root: '/foo', checkout: { ...files, root: '/foo', folder: '.' }, version: 'v1.2.3' }
  const found = { ...repository, clusterctl: undefined, entries, writtenFor: undefined, notices }
  const given = { 'enable-core-provider': 'false' }
  assert.deepEqual(await failureOf({ ...given, providers: 'foo' }, found), {
    what: 'provider foo has no sub/config/none',
    why: 'kustomize_folder is config/none, from /foo/sub',
    remedy: 'correct kustomize_folder, or say in `before-render` of provider-config the command that makes it',
    where: ['tilt-provider.yaml:1:3'],
  })
  const { what, why } = await failureOf({ ...given, providers: 'bar' }, found)
  assert.deepEqual([what, why], ['provider bar has no sub/ext.yaml', 'additional_resources is ext.yaml, from /foo/sub'])
  for (const made of [{ 'provider-config': 'foo: {before-render: make it}' }, { hooks: 'before-providers: make it' }])
    assert.equal(resolveProviders(await settings({ ...given, ...made, providers: 'foo' }), [found]).length, 1)
})

/** A repository of three providers, of which the first two share a label. */
function labelled(deps: string): Repository {
  const files = filesOf({
    'go.mod': 'module example.org/cluster-api-provider-foo\n',
    'main.go': 'package main\n',
    'config/default/kustomization.yaml': '',
    'tilt-provider.yaml': `- {name: foo, config: {image: ghcr.io/org/foo, label: CAPF}}
- {name: foo-supervisor, config: {image: ghcr.io/org/foo, label: CAPF}}
- {name: operator, config: {label: OP, resource_deps: [${deps}]}}
`,
  })
  const { entries, notices } = findProviders(files, { folder: 'foo', shown: path => path })
  const checkout = { ...files, root: '/foo', folder: '.' }
  return { ...files, root: '/foo', checkout, version: 'v1.2.3', clusterctl: undefined, entries, writtenFor: undefined, notices }
}

const operatorOf = async (deps: string, given: Record<string, string>) => {
  const all = resolveProviders(await settings({ 'enable-core-provider': 'false', ...given }), [labelled(deps)])
  const found = all.find(({ name }) => name === 'operator')
  return { needs: found?.needs, notices: found?.notices }
}

test('of several providers with one label, resource_deps means those that are wanted', async () => {
  const needsOf = async (providers: string) => (await operatorOf('capf_controller', { providers })).needs?.manager
  assert.deepEqual(await needsOf('foo, operator'), ['foo'])
  assert.deepEqual(await needsOf('foo-supervisor, operator'), ['foo-supervisor'])
  assert.deepEqual(await needsOf('foo, foo-supervisor, operator'), ['foo', 'foo-supervisor'])
})

test('what resource_deps names in vain is said, and passed over as in Tilt', async () => {
  const noticesOf = async (deps: string) => (await operatorOf(deps, { providers: 'operator' })).notices
  assert.deepEqual(await noticesOf('cpaf_controller'), [
    'provider operator: resource_deps names cpaf_controller, which nothing is (a manager is called by its label in lower case and _controller): nothing is waited for, as in Tilt, did you mean capf_controller? (tilt-provider.yaml:3:3)',
  ])
  assert.doesNotMatch((await noticesOf('ironic_controller'))?.join() ?? '', /did you mean/)
  assert.deepEqual(await noticesOf('capi_controller'), [
    'provider operator: resource_deps names capi_controller, of core, which is not among the providers: nothing is waited for (tilt-provider.yaml:3:3)',
  ])
  assert.deepEqual(await noticesOf('op_controller, provider_crd, uncategorized, capf_binary'), [
    'provider operator: resource_deps names op_controller, which it is itself: nothing is waited for (tilt-provider.yaml:3:3)',
  ])
})

test('resource_deps may name kustomizations and observability tools, as Tilt calls them so', async () => {
  const { needs, notices } = await operatorOf('ironic, grafana', {
    providers: 'operator',
    'additional-kustomizations': 'ironic=hack/ironic',
    observability: 'grafana',
  })
  assert.deepEqual([needs, notices], [{ manager: [], addOns: ['ironic', 'grafana'], resources: [] }, []])
})

/** A repository whose tilt-provider file calls its provider otherwise than clusterctl, as its label says. */
function renamed(): Repository {
  const files = filesOf({
    'main.go': 'package main\n',
    'go.mod': 'module example.org/x\n',
    Dockerfile: 'FROM scratch\n',
    'config/default/kustomization.yaml': 'labels: [{pairs: {\n cluster.x-k8s.io/provider: infrastructure-cloudy}}]\n',
    'tilt-provider.yaml': 'name: cloudy-infrastructure\nconfig: {image: cloudy, label: CAPC}\n',
  })
  const checkout = { ...files, root: '/cloudy', folder: '.' }
  return {
    ...capiCheckout({ ...files, ...findProviders(files, { folder: 'cloudy', shown: path => path }) }),
    root: '/cloudy',
    clusterctl: undefined,
    checkout,
  }
}

test('a provider answers to the name that clusterctl has for it, and to its label, where its tilt-provider file has another', async () => {
  for (const said of ['cloudy-infrastructure', 'cloudy', 'infrastructure-cloudy']) {
    const found = resolveProviders(await settings({ providers: `core ${said}` }), [v113, renamed()])
    assert.deepEqual(
      found.map(({ name }) => name),
      ['core', 'cloudy-infrastructure'],
      said,
    )
  }
})

test('what is written in another language than Go is built from its Dockerfile, as long as nothing else is said', async () => {
  const tilt = 'name: rusty\nconfig: {image: rusty, label: CAPR}\n'
  const texts = { Dockerfile: 'FROM rust\n', 'Cargo.toml': '', 'config/default/kustomization.yaml': '', 'tilt-provider.yaml': tilt }
  const roadOf = async (more: Record<string, string>) => {
    const files = filesOf({ ...texts, ...more })
    const checkout = { ...files, root: '/rusty', folder: '.' }
    const found = findProviders(files, { folder: 'rusty', shown: path => path })
    const repository = { ...capiCheckout({ ...files, ...found }), root: '/rusty', clusterctl: undefined, checkout }
    return resolveProviders(await settings({ providers: 'core:v1.13.4 rusty' }), [repository])[0]?.build?.road
  }
  assert.equal(await roadOf({}), 'dockerfile')
  assert.equal(await roadOf({ 'go.mod': 'module x\n', 'main.go': 'package main\n' }), 'go')
  // Somebody speaks of Go: then it is missing.
  await assert.rejects(roadOf({ 'tilt-provider.yaml': `${tilt}actions: {build: go}\n` }), { what: /can't be built by Go|no main package/ })
})
