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
    needs: { manager: [], resources: [] },
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
    ['providers mine, another are unknown', 'say one that the repository has, or in provider-urls where its release is'],
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
