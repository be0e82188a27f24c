import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { fieldOf, tiltFields } from '../../../src/settings/fields.ts'
import { loadSettings, type SettingsSources } from '../../../src/settings/load.ts'
import type { Settings } from '../../../src/settings/settings.ts'

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'settings-'))
})
after(() => rm(cwd, { recursive: true }))

const load = (sources: Partial<SettingsSources> = {}): Promise<Settings> =>
  loadSettings({ given: {}, env: { HOME: '/home/me' }, cwd, ...sources })

async function withFile<T>(text: string, use: () => Promise<T>, name = 'tilt-settings.yaml'): Promise<T> {
  await writeFile(join(cwd, name), text)
  try {
    return await use()
  } finally {
    await rm(join(cwd, name))
  }
}

/** The lines that a user sees of settings that are not valid. */
async function complaints(loading: Promise<Settings>): Promise<string[]> {
  const error = await loading.then(
    () => assert.fail('the settings were taken'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Failure)
  return error.details.length > 0 ? [...error.details] : [`${error.what} (${error.where.join()})`]
}

test('without a word from the user, every setting has its default', async () => {
  const settings = await load()
  assert.deepEqual(settings.providers, ['core', 'kubeadm-bootstrap', 'kubeadm-control-plane', 'docker'])
  assert.equal(settings.repository, cwd)
  assert.equal(settings.clusterName, 'capi-test')
  assert.equal(settings.registryPort, 5000)
  assert.equal(settings.timeout, 600)
  assert.equal(settings.workloadTemplate, undefined)
  assert.equal(settings.cacheDir, '/home/me/.cache/capi-actions')
  assert.equal(settings.stateDir, '/home/me/.local/state/capi-actions/capi-test')
  assert.equal(settings.kubeconfigFile, '/home/me/.local/state/capi-actions/capi-test/kubeconfig')
  assert.equal(settings.reportDir, '/home/me/.local/state/capi-actions/capi-test/report')
  assert.deepEqual(settings.notices, [])
})

test('on a runner, files go to its temporary folder and tools to its tool cache', async () => {
  const settings = await load({
    env: { RUNNER_TEMP: '/runner/temp', RUNNER_TOOL_CACHE: '/runner/tools' },
    given: { 'cluster-name': 'one' },
  })
  assert.equal(settings.stateDir, '/runner/temp/capi-actions/one')
  assert.equal(settings.cacheDir, '/runner/tools')
})

test('an input wins over the environment, that over tilt-settings, that over the default', () =>
  withFile('kind_cluster_name: from-file\nactions: {registry-port: 5003, timeout: 3m}', async () => {
    const env = { CAPI_KIND_CLUSTER_NAME: 'from-env', CAPI_ACTIONS_REGISTRY_PORT: '5002' }
    const { clusterName, registryPort, timeout, sources } = await load({ env, given: { 'cluster-name': 'from-input' } })
    assert.deepEqual([clusterName, registryPort, timeout], ['from-input', 5002, 180])
    assert.deepEqual(sources.clusterName, { kind: 'input', where: 'input cluster-name' })
    assert.deepEqual(sources.registryPort, { kind: 'environment', where: 'CAPI_ACTIONS_REGISTRY_PORT in the environment' })
    assert.deepEqual(sources.timeout, { kind: 'file', where: 'tilt-settings.yaml:2:32' })
    assert.deepEqual(sources.registryName, { kind: 'default', where: 'default' })
    assert.equal((await load({ env })).clusterName, 'from-env')
    assert.equal((await load()).clusterName, 'from-file')
  }))

test('an empty input or variable says nothing', async () => {
  const settings = await load({ given: { 'cluster-name': ' ', 'registry-port': '' }, env: { CAPI_KIND_CLUSTER_NAME: '' } })
  assert.deepEqual([settings.clusterName, settings.registryPort], ['capi-test', 5000])
})

test('our own variable wins over that of another tool', async () => {
  const settings = await load({ env: { CAPI_ACTIONS_CLUSTER_NAME: 'ours', CAPI_KIND_CLUSTER_NAME: 'theirs' } })
  assert.equal(settings.clusterName, 'ours')
})

test('mappings of all sources are merged key by key', () =>
  withFile('kustomize_substitutions: {A: file, B: file, C: file}', async () => {
    const settings = await load({ given: { substitutions: 'A=input' }, env: { CAPI_ACTIONS_SUBSTITUTIONS: 'A=env\nB=env' } })
    assert.deepEqual({ ...settings.substitutions }, { A: 'input', B: 'env', C: 'file' })
  }))

test('tilt-settings.yaml wins over tilt-settings.json, which is read without it', () =>
  withFile(
    '{"kind_cluster_name": "json"}',
    async () => {
      assert.equal((await load()).clusterName, 'json')
      assert.equal(await withFile('kind_cluster_name: yaml', async () => (await load()).clusterName), 'yaml')
    },
    'tilt-settings.json',
  ))

test('every field of the Tiltfile is accepted, and what is not acted on is said', () =>
  withFile(
    `
allowed_contexts: [prod]
default_registry: gcr.io/me
build_engine: podman
kind_cluster_name: all
provider_repos: [../cluster-api-provider-aws]
enable_providers: [docker]
enable_core_provider: true
preload_images: false
template_dirs: {docker: [./templates]}
kustomize_substitutions: {CLUSTER_TOPOLOGY: "true"}
deploy_observability: [loki, visualizer]
additional_kustomizations: {extra: ./extra}
debug: {core: {continue: false, port: 30000, profiler_port: 40000, metrics_port: 40001, race_detector: true}}
deploy_cert_manager: false
trigger_mode: manual
extra_args: {core: [--v=4]}
`,
    async () => {
      const login = { 'registry-username': 'me', 'registry-password': 'secret' }
      const { notices, observability, providers, templateDirs, certManager, extraArgs, registry } = await load({ given: login })
      assert.deepEqual(
        [providers, { ...templateDirs }, certManager, { ...extraArgs }, registry],
        [['docker'], { docker: ['./templates'] }, false, { core: ['--v=4'] }, 'gcr.io/me'],
      )
      assert.deepEqual(observability, ['loki', 'visualizer'])
      const told = [...tiltFields].filter(([, key]) => fieldOf(key).notice !== undefined).map(([name]) => `${name} is not acted on`)
      assert.deepEqual(notices.map(notice => notice.split(':')[0]).toSorted(), told.toSorted())
    },
  ))

test('all that is wrong is said at once, with where it was said', () =>
  withFile(
    'kustomize_substitutions: {CLUSTER_TOPOLOGY: true}\nenable_provider: [docker]\nactions:\n  kubernets-version: v1.34.4\ndebug: {core: {prt: 1}}\ncluster-name: x',
    async () => {
      const given = {
        'registry-port': '70000',
        'clean-up': 'maybe',
        'kind-version': 'new',
        timeout: '5',
        'image-mirrors': 'docker.io=mirror',
        'cluster-name': 'A',
        nodes: '3',
      }
      assert.deepEqual(await complaints(load({ given })), [
        'nodes is no input (input nodes)',
        'enable_provider is no field of tilt-settings, did you mean enable_providers? (tilt-settings.yaml:2:1)',
        'cluster-name is no field of tilt-settings, an input stands under actions: (tilt-settings.yaml:6:1)',
        'actions.kubernets-version is no input, did you mean kubernetes-version? (tilt-settings.yaml:4:3)',
        'cluster-name is "A", but must be lower-case letters, digits and "-", at most 47, a letter or digit at both ends (input cluster-name)',
        'registry-port is 70000, but must be a port number from 1 to 65535 (input registry-port)',
        'image-mirrors.docker.io is "mirror", but must be a URL that begins with http:// or https:// (input image-mirrors)',
        'kustomize_substitutions.CLUSTER_TOPOLOGY is true, but must be text: put it in quotes (tilt-settings.yaml:1:27)',
        'kind-version is "new", but must be a version (v1.34.4), a range (1.34.x, ^5) or latest (input kind-version)',
        'timeout is "5", but must be a duration such as 90s, 5m or 1h30m (input timeout)',
        'clean-up is "maybe", but must be true or false (input clean-up)',
        'debug.core must not have the field prt, did you mean port? (tilt-settings.yaml:5:16)',
      ])
    },
  ))

test('flags and variables are named as the user wrote them', async () => {
  assert.deepEqual(await complaints(load({ given: { 'registry-port': 'x' }, givenAs: 'flag' })), [
    '--registry-port is "x", but must be a port number from 1 to 65535 (--registry-port)',
  ])
  assert.deepEqual(await complaints(load({ env: { CAPI_KIND_CLUSTER_NAME: 'a b' } })), [
    'CAPI_KIND_CLUSTER_NAME is "a b", but must be lower-case letters, digits and "-", at most 47, a letter or digit at both ends (CAPI_KIND_CLUSTER_NAME in the environment)',
  ])
})

test('a value under a secret name is not shown', () =>
  withFile('kustomize_substitutions: {AWS_SECRET_ACCESS_KEY: 12345678}', async () => {
    assert.deepEqual(await complaints(load()), [
      'kustomize_substitutions.AWS_SECRET_ACCESS_KEY is ***, but must be text: put it in quotes (tilt-settings.yaml:1:27)',
    ])
  }))

test('nothing of a mapping that can not be read is shown, but where it goes wrong', async () => {
  const given = { 'workload-variables': '\nREGION=eu\nPASSWORD hunter2', substitutions: 'TOKEN: hunter3' }
  assert.deepEqual(await complaints(load({ given })), [
    'substitutions must be lines of the form NAME=value, which line 1 is not (input substitutions)',
    'workload-variables must be lines of the form NAME=value, which line 3 is not (input workload-variables)',
  ])
  await withFile('kustomize_substitutions: [PASSWORD=hunter4]\nactions: {workload-variables: {A: {PASSWORD: hunter5}}}', async () =>
    assert.deepEqual(await complaints(load()), [
      'kustomize_substitutions must be a mapping (tilt-settings.yaml:1:1)',
      'actions.workload-variables.A must be text: put it in quotes (tilt-settings.yaml:2:32)',
    ]),
  )
})

test('a mirror with user information is not shown', async () =>
  assert.deepEqual(await complaints(load({ given: { 'image-mirrors': 'docker.io=me:hunter2@mirror' } })), [
    'image-mirrors.docker.io is ***, but must be a URL that begins with http:// or https:// (input image-mirrors)',
  ]))

test('what the settings file is found by can not be said in it', () =>
  withFile('actions:\n  repository: ..\n  tilt-settings: other.yaml', async () =>
    assert.deepEqual(await complaints(load()), [
      "actions.repository can't be said in tilt-settings, a file that is found by it (tilt-settings.yaml:2:3)",
      "actions.tilt-settings can't be said in tilt-settings, a file that is found by it (tilt-settings.yaml:3:3)",
    ]),
  ))

test('a variable that an input decides is an error that names the input, unless it comes from the environment', () =>
  withFile('kustomize_substitutions: {NAMESPACE: a}', async () => {
    const given = { 'workload-template': 'in-memory', 'workload-variables': 'CLUSTER_NAME=red', 'workload-namespace': 'b' }
    assert.deepEqual(await complaints(load({ given })), [
      'kustomize_substitutions.NAMESPACE has no effect: set workload-namespace (tilt-settings.yaml:1:27)',
      'workload-variables.CLUSTER_NAME has no effect: set workload-name (input workload-variables)',
    ])
    const { substitutions } = await load({ env: { CLUSTER_NAME: 'red' } })
    assert.deepEqual({ ...substitutions }, { NAMESPACE: 'a' }, 'manifests of providers may want it')
  }))

test('NAMESPACE among kustomize_substitutions is the namespace of the workload cluster, as the book of Cluster API has it', async () => {
  const given = { 'workload-template': 'development' }
  const book =
    'kustomize_substitutions:\n  NAMESPACE: "team"\n  KUBERNETES_VERSION: "v1.29.2"\n  CONTROL_PLANE_MACHINE_COUNT: "1"\n  WORKER_MACHINE_COUNT: "3"\n'
  await withFile(book, async () => {
    const { workloads, sources } = await load({ given })
    assert.deepEqual([workloads[0]?.namespace, sources.workloadNamespace.where], ['team', 'tilt-settings.yaml:2:3'])
    assert.equal((await load({ given: { ...given, 'workload-namespace': 'team' } })).workloads[0]?.namespace, 'team')
  })
  await withFile('kustomize_substitutions: {NAMESPACE: Team}', async () =>
    assert.match((await complaints(load({ given })))[0] ?? '', /^kustomize_substitutions\.NAMESPACE is "Team", but must be lower-case/),
  )
})

test('a settings file that is named must be there, and broken YAML is an error with its place', async () => {
  assert.deepEqual(await complaints(load({ given: { 'tilt-settings': 'other.yaml' } })), ["the settings file other.yaml can't be read ()"])
  await withFile('a: [b', async () =>
    assert.match((await complaints(load()))[0] ?? '', /^tilt-settings\.yaml is not valid YAML.*tilt-settings\.yaml:\d+:\d+/),
  )
  await withFile('- a', async () =>
    assert.deepEqual(await complaints(load()), ['tilt-settings.yaml is no mapping of settings (tilt-settings.yaml:1:1)']),
  )
})

test('a repository or a kind configuration that is not there is an error', async () => {
  assert.deepEqual(await complaints(load({ given: { repository: 'nowhere', 'kind-config': 'kind.yaml' } })), [
    'repository is nowhere, but there is no such folder (input repository)',
    'kind-config is "kind.yaml", but there is no such file (input kind-config)',
  ])
  assert.deepEqual(await complaints(load({ given: { 'kind-config': '/' } })), [
    'kind-config is "/", but that is a folder: a file is meant (input kind-config)',
  ])
})

test('kind-config is a file, or the YAML itself', async () => {
  const text = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n'
  assert.deepEqual((await load({ given: { 'kind-config': text } })).kindConfig, { text: text.trim(), file: 'kind-config' })
  await withFile(
    text,
    async () => assert.deepEqual((await load({ given: { 'kind-config': 'kind.yaml' } })).kindConfig, { text, file: 'kind.yaml' }),
    'kind.yaml',
  )
})

test('a mapping in tilt-settings may be text in the form of the input', () =>
  withFile('actions:\n  providers: core docker\n  download-mirrors: |\n    github.com=http://127.0.0.1/github\n', async () => {
    const { providers, downloadMirrors } = await load()
    assert.deepEqual([providers, { ...downloadMirrors }], [['core', 'docker'], { 'github.com': 'http://127.0.0.1/github' }])
  }))

test('the Kubernetes version decides node image and kubectl, and follows the node image where only that is said', async () => {
  const said = await load({ given: { 'kubernetes-version': '1.34.4' } })
  assert.deepEqual([said.kubernetesVersion, said.nodeImage, said.kubectlVersion], ['v1.34.4', 'kindest/node:v1.34.4', '1.34.x'])
  const followed = await load({ env: { CAPI_KIND_CLUSTER_IMAGE: 'mirror.example:5000/kindest/node:v1.33.1' } })
  assert.deepEqual([followed.kubernetesVersion, followed.kubectlVersion], ['v1.33.1', '1.33.x'])
  const neither = await load()
  assert.match(neither.nodeImage, /^kindest\/node:v1\.36\.1@sha256:[0-9a-f]{64}$/)
})

test('secrets are the token, passwords in mirrors and module proxies, and what variables with such names hold, encoded too', async () => {
  const settings = await load({
    given: {
      'github-token': 'ghs_abc',
      'download-mirrors': 'github.com=https://me:hunter%402@mirror.example\nghcr.io=https://tokentoken@mirror.example',
      'image-mirrors': 'ghcr.io=https://me:hunter3@mirror.example',
      substitutions: 'AZURE_CLIENT_SECRET=topsecret\nREGION=eu-north-1',
      'build-args': 'mirror=https://me:hunter4@mirror.example\nARCH=amd64',
    },
    env: {
      VSPHERE_PASSWORD: 'pass-word',
      KUBEADM_BOOTSTRAP_TOKEN_TTL: '15m',
      GOPROXY: 'https://a.example,https://me:hunter5@b.example|direct',
    },
  })
  const known = [
    'dG9wc2VjcmV0',
    'ghs_abc',
    'hunter%402',
    'hunter3',
    'hunter4',
    'hunter5',
    'hunter@2',
    'pass-word',
    'tokentoken',
    'topsecret',
  ]
  assert.deepEqual(settings.secrets.toSorted(), known)
})

test('a port that HTTP clients refuse is refused before anything waits for it', () =>
  assert.rejects(loadSettings({ given: { 'registry-port': '5060' }, env: {}, cwd: '/' }), {
    what: 'registry-port is 5060, but must be another port: HTTP clients refuse this one',
  }))
