/** What stands in a tilt-settings file: Tilt's fields, old and new, and what is wrong with files that were seen in repositories. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { tiltFields } from '../../../src/settings/fields.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import type { Settings } from '../../../src/settings/settings.ts'

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tilt-settings-'))
})
after(() => rm(cwd, { recursive: true }))

/** The settings of a repository with this file. */
async function settingsOf(
  text: string,
  {
    name = 'tilt-settings.yaml',
    given = {},
    env = {},
  }: { name?: string; given?: Record<string, string>; env?: Record<string, string> } = {},
): Promise<Settings> {
  await writeFile(join(cwd, name), text)
  try {
    return await loadSettings({ given, env: { HOME: '/home/me', ...env }, cwd })
  } finally {
    await rm(join(cwd, name))
  }
}

async function complaints(text: string): Promise<string[]> {
  const error = await settingsOf(text).then(
    () => assert.fail('the settings were taken'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Failure)
  return error.details.length > 0 ? [...error.details] : [`${error.what} (${error.where.join()})`]
}

test('a field without a value is an error that says where it stands and what to do', async () => {
  for (const field of tiltFields.keys())
    assert.deepEqual(await complaints(`# mine\n${field}:`), [
      `${field} is empty: give it a value, or remove the line (tilt-settings.yaml:2:1)`,
    ])
  assert.deepEqual(await complaints('actions:'), ['actions is empty: give it a value, or remove the line (tilt-settings.yaml:1:1)'])
  assert.deepEqual(await complaints('actions: {timeout: null}'), [
    'actions.timeout is empty: give it a value, or remove the line (tilt-settings.yaml:1:11)',
  ])
})

test('an entry without a value is an error with the line of that entry', async () =>
  assert.deepEqual(await complaints('debug:\n  core:\nextra_args:\n  core:\ntemplate_dirs: {docker: [null]}\nprovider_repos:\n  -'), [
    'provider_repos[0] is null, but must be text: give it a value (tilt-settings.yaml:7:4)',
    'template_dirs.docker[0] is null, but must be text: write "" for an empty one (tilt-settings.yaml:5:26)',
    'extra_args.core is null, but must be a list (tilt-settings.yaml:4:3)',
    'debug.core is null, but must be a mapping (tilt-settings.yaml:2:3)',
  ]))

test('a substitution that YAML takes for no text is to be put in quotes', async () =>
  assert.deepEqual(
    await complaints(
      'kustomize_substitutions:\n  CLUSTER_TOPOLOGY: true\n  WORKER_MACHINE_COUNT: 3\n  REGION:\n  VERSION: 1.30\n  LIST: [a]',
    ),
    [
      'kustomize_substitutions.CLUSTER_TOPOLOGY is true, but must be text: put it in quotes (tilt-settings.yaml:2:3)',
      'kustomize_substitutions.WORKER_MACHINE_COUNT is 3, but must be text: put it in quotes (tilt-settings.yaml:3:3)',
      'kustomize_substitutions.REGION is null, but must be text: write "" for an empty one (tilt-settings.yaml:4:3)',
      'kustomize_substitutions.VERSION is 1.3, but must be text: put it in quotes (tilt-settings.yaml:5:3)',
      'kustomize_substitutions.LIST must be text: put it in quotes (tilt-settings.yaml:6:3)',
    ],
  ))

test('a value of the wrong type is an error for every field, with its line', async () => {
  const wrong = [...tiltFields.keys()].map(field => `${field}: {a: {b: [1]}}`)
  const said = await complaints(wrong.join('\n'))
  for (const [index, field] of [...tiltFields.keys()].entries())
    assert.ok(
      said.some(line => line.startsWith(field) && line.includes(`(tilt-settings.yaml:${index + 1}:`)),
      field,
    )
})

test('the fields of debug are of their types and in their range, and others are named', async () =>
  assert.deepEqual(
    await complaints(
      'debug:\n  core: {port: "30000", profiler_port: 70000, continue: "no"}\n  turtles:\n    port: 40000\n    insecure_skip_verify: "true"',
    ),
    [
      'debug.core.continue is "no", but must be true or false (tilt-settings.yaml:2:47)',
      'debug.core.port is "30000", but must be a whole number from 0 to 65535, without quotes (tilt-settings.yaml:2:10)',
      'debug.core.profiler_port is 70000, but must be a whole number from 0 to 65535 (tilt-settings.yaml:2:25)',
      'debug.turtles must not have the field insecure_skip_verify (tilt-settings.yaml:5:5)',
    ],
  ))

test('settings that were put under extra_args have no effect, as in Tilt, and are told where they belong', async () => {
  const nested = `{
  "extra_args": {
    "default_registry": "localhost:5000/cluster-api-oci-controller-amd64:dev",
    "provider_repos": ["../cluster-api-provider-oci"],
    "enable_providers": ["aws", "docker"]
  }
}`
  const { notices } = await settingsOf(nested)
  assert.deepEqual(notices, [
    'extra_args.default_registry has no effect: it is a field of its own, move it out of extra_args, to the top level of the file (tilt-settings.yaml:3:5)',
    'extra_args.provider_repos has no effect: it is a field of its own, move it out of extra_args, to the top level of the file (tilt-settings.yaml:4:5)',
    'extra_args.enable_providers has no effect: it is a field of its own, move it out of extra_args, to the top level of the file (tilt-settings.yaml:5:5)',
  ])
})

test('a field of older releases is accepted, and said to have no effect', async () => {
  const { notices } = await settingsOf('enable_providers: [docker]\nkustomize_config: false')
  assert.deepEqual(notices, [
    'kustomize_config has no effect: since Cluster API v1.7 the tilt-provider file of a provider says how it is rendered, in kustomize_folder, kustomize_options and apply_provider_yaml (tilt-settings.yaml:2:1)',
  ])
  assert.deepEqual(await complaints('kustomize_config: "no"'), [
    'kustomize_config is "no", but must be true or false (tilt-settings.yaml:1:1)',
  ])
})

test('a setting of another Tiltfile that is an input here is told so', async () =>
  assert.deepEqual(await complaints('capi_version: v1.13.4\ncert-manager-version: v1.20.0\nenable_provider: [docker]'), [
    'capi_version is no field of tilt-settings, the input capi-version stands under actions: (tilt-settings.yaml:1:1)',
    'cert-manager-version is no field of tilt-settings, an input stands under actions: (tilt-settings.yaml:2:1)',
    'enable_provider is no field of tilt-settings, did you mean enable_providers? (tilt-settings.yaml:3:1)',
  ]))

test('tilt-settings.yml is not read, and that is said where no other file is there', async () => {
  const { clusterName, notices } = await settingsOf('kind_cluster_name: mine', { name: 'tilt-settings.yml' })
  assert.equal(clusterName, 'capi-test')
  assert.deepEqual(notices, ['tilt-settings.yml is not read, by Tilt neither: rename it to tilt-settings.yaml'])
  await writeFile(join(cwd, 'tilt-settings.json'), '{}')
  assert.deepEqual((await settingsOf('', { name: 'tilt-settings.yml' })).notices, [])
  await rm(join(cwd, 'tilt-settings.json'))
  assert.equal(
    (await settingsOf('kind_cluster_name: mine', { name: 'mine.yml', given: { 'tilt-settings': 'mine.yml' } })).clusterName,
    'mine',
  )
})

test('an empty file is a file that says nothing', async () => {
  for (const text of ['', '---\n', '# later\n', '{}']) assert.equal((await settingsOf(text)).clusterName, 'capi-test')
})

test('a JSON file may name the schema that editors check it by', async () => {
  const text = '{"$schema": "./docs/tilt-settings.schema.json", "kind_cluster_name": "mine"}'
  assert.equal((await settingsOf(text, { name: 'tilt-settings.json' })).clusterName, 'mine')
})

test('a default_registry on localhost is the local registry, by its port', async () => {
  const { registry, registryPort, sources } = await settingsOf('default_registry: localhost:5005/')
  assert.deepEqual([registry, registryPort, sources.registryPort.where], [undefined, 5005, 'tilt-settings.yaml:1:1'])
  assert.equal((await settingsOf('default_registry: localhost:5005', { given: { 'registry-port': '5006' } })).registryPort, 5006)
})

test('a project in the local registry is passed over, and that is said', async () => {
  const { registry, registryPort, notices } = await settingsOf('default_registry: localhost:5000/cluster-api-oci-controller-amd64:dev')
  assert.deepEqual([registry, registryPort], [undefined, 5000])
  assert.deepEqual(notices, [
    'default_registry is the local registry: cluster-api-oci-controller-amd64:dev behind it has no effect (tilt-settings.yaml:1:1)',
  ])
})

test('no spelling of the registry of Cluster API itself gets past the guard', async () => {
  for (const said of ['', '/', '//', '/x', '/x/', '/x/y'].map(end => `gcr.io/k8s-staging-cluster-api${end}`))
    assert.deepEqual(await complaints(`default_registry: ${said}`), [
      `default_registry is "${said}", but must be another: Cluster API publishes its own images there (tilt-settings.yaml:1:1)`,
    ])
  assert.match((await complaints('default_registry: GCR.io:443/k8s-staging-cluster-api/x'))[0] ?? '', /but must be another/)
  const given = { 'registry-username': 'me', 'registry-password': 'secret' }
  assert.equal(
    (await settingsOf('default_registry: gcr.io/k8s-staging-cluster-api-mine', { given })).registry,
    'gcr.io/k8s-staging-cluster-api-mine',
  )
})

test('each source in its turn decides what tilt-settings can say too', async () => {
  const text = 'enable_providers: [docker]\nbuild_engine: podman\ndeploy_cert_manager: false\nallowed_contexts: [file]'
  const env = {
    CAPI_ACTIONS_PROVIDERS: 'kubeadm-bootstrap',
    CAPI_ACTIONS_ENGINE: 'docker',
    CAPI_ACTIONS_CERT_MANAGER: 'true',
    CAPI_ACTIONS_ALLOWED_CONTEXTS: 'environment',
  }
  const given = { providers: 'core', engine: 'auto', 'cert-manager': 'false' }
  const shown = ({ providers, engine, certManager, allowedContexts }: Settings) => [providers, engine, certManager, allowedContexts]
  assert.deepEqual(shown(await settingsOf(text, { env, given })), [['core'], 'auto', false, ['environment']])
  assert.deepEqual(shown(await settingsOf(text, { env })), [['kubeadm-bootstrap'], 'docker', true, ['environment']])
  assert.deepEqual(shown(await settingsOf(text)), [['docker'], 'podman', false, ['file']])
  assert.deepEqual(shown(await settingsOf('')), [['core', 'kubeadm-bootstrap', 'kubeadm-control-plane', 'docker'], 'auto', true, []])
})

test('what is of another type, or empty, is complained of once', async () =>
  assert.deepEqual(await complaints('default_registry: []\nenable_providers: [docker, ""]\nkustomize_substitutions: {A: {b: c}}'), [
    'enable_providers[1] is "", but must not be empty (tilt-settings.yaml:2:28)',
    'default_registry is [], but must be text, not a list or mapping (tilt-settings.yaml:1:1)',
    'kustomize_substitutions.A must be text: put it in quotes (tilt-settings.yaml:3:27)',
  ]))

test('what stands under actions: goes before the field of Tilt that says the same, which is said; mappings are merged', async () => {
  const text = `enable_providers: [docker]
kustomize_substitutions: {A: tilt, B: tilt}
actions:
  providers: docker:v1.13.4
  substitutions: {B: ours, C: ours}
`
  const { providers, substitutions, notices } = await settingsOf(text)
  assert.deepEqual([providers, { ...substitutions }], [['docker:v1.13.4'], { A: 'tilt', B: 'ours', C: 'ours' }])
  assert.deepEqual(notices, ['actions.providers takes the place of enable_providers, which only Tilt goes by (tilt-settings.yaml:1:1)'])
  assert.deepEqual(await complaints(text.replace('A: tilt', 'A: 1').replace('C: ours', 'C: 2')), [
    'actions.substitutions.A is 1, but must be text: put it in quotes (tilt-settings.yaml:2:27)',
    'actions.substitutions.C is 2, but must be text: put it in quotes (tilt-settings.yaml:5:28)',
  ])
})

test('what is wrong by its quotes, or by the want of brackets, is told how to be written', async () =>
  assert.deepEqual(
    await complaints(
      'enable_providers: docker, aws\nextra_args: {core: --v=5}\ndeploy_cert_manager: "false"\nactions: {registry-port: "5000x"}',
    ),
    [
      'enable_providers is "docker, aws", but must be a list: write ["docker", "aws"] (tilt-settings.yaml:1:1)',
      'actions.registry-port is "5000x", but must be a port number from 1 to 65535 (tilt-settings.yaml:4:11)',
      'deploy_cert_manager is "false", but must be true or false, without quotes (tilt-settings.yaml:3:1)',
      'extra_args.core is "--v=5", but must be a list: write ["--v=5"] (tilt-settings.yaml:2:14)',
    ],
  ))

test('where both files are, the YAML one is read, and that is said', async () => {
  await writeFile(join(cwd, 'tilt-settings.json'), '{"kind_cluster_name": "json"}')
  const { clusterName, notices } = await settingsOf('kind_cluster_name: mine')
  await rm(join(cwd, 'tilt-settings.json'))
  assert.deepEqual([clusterName, notices], ['mine', ['tilt-settings.json is not read: there is tilt-settings.yaml, which goes before it']])
})
