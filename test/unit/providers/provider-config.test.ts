import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseYaml } from '../../../src/manifests/yaml.ts'
import { mergeConfigs, providerConfigsIn } from '../../../src/providers/provider-config.ts'
import { refusal } from '../refusal.ts'

const read = (text: string) => Object.fromEntries(providerConfigsIn(parseYaml(text, 'input provider-config')))

test('everything can be said of a provider, Tilt’s fields in both spellings', () => {
  const config = read(`foo:
  repository: ../foo
  context: /bootstrap
  image: foo
  kustomize_folder: config/tilt
  kustomize-options: [--enable-helm]
  build: command
  command: make docker-build
  before-build: [make, generate, "a b"]
  before-render: |
    make manifests
  dockerfile: package/docker/Dockerfile
  build-context: .
  build-target: container
  build-args: {ARCH: amd64}
  user: 0
  pull-policy: Never
  substitutions: {TOKEN: "123"}
  type: control-plane
  provider-name: foo
  wait: none
bar:
`)
  assert.deepEqual(config, {
    foo: {
      repository: '../foo',
      context: 'bootstrap',
      image: 'foo',
      kustomizeFolder: 'config/tilt',
      kustomizeOptions: ['--enable-helm'],
      build: 'command',
      command: 'make docker-build',
      beforeBuild: ['make', 'generate', 'a b'],
      beforeRender: 'make manifests',
      dockerfile: 'package/docker/Dockerfile',
      buildContext: '.',
      buildTarget: 'container',
      buildArgs: { ARCH: 'amd64' },
      user: '0',
      pullPolicy: 'Never',
      substitutions: { TOKEN: '123' },
      type: 'control-plane',
      providerName: 'foo',
      wait: 'none',
    },
    bar: {},
  })
})

test('all that is wrong is one error, each with its place and what is right', () => {
  const { what, details } = refusal(() =>
    read(`foo:
  wiat: none
  build: kaniko
  kustomize_folder: a
  kustomize-folder: b
  user: root
  command: []
  substitutions: {PORT: 80}
bar: dockerfile
`),
  )
  assert.equal(what, 'provider-config has 7 mistakes')
  assert.deepEqual(details, [
    'foo has no field wiat, did you mean wait? (input provider-config:2:3)',
    'foo.build is "kaniko", but must be one of go, dockerfile, command, none (input provider-config:3:3)',
    'foo.kustomize-folder is said twice, in both spellings (input provider-config:5:3)',
    'foo.user is "root", but must be a user number such as 65532, or with a group: "65532:65532" (input provider-config:6:3)',
    'foo.command is [], but must be a line for the shell, or a list of words (input provider-config:7:3)',
    'foo.substitutions.PORT is 80, but must be text: put it in quotes (input provider-config:8:19)',
    'bar must be a mapping of settings (input provider-config:9:1)',
  ])
})

test('a text that is no mapping of providers is refused', () => {
  assert.equal(refusal(() => read('- foo')).what, 'provider-config is no mapping from names of providers to what is said of them')
  assert.deepEqual(read(''), {})
})

test('what is said later counts, field by field, and mappings name by name', () => {
  assert.deepEqual(
    mergeConfigs(
      { build: 'go', wait: 'none', substitutions: { A: '1', B: '1' } },
      { build: 'dockerfile', substitutions: { B: '2' }, buildArgs: { C: '3' } },
    ),
    { build: 'dockerfile', wait: 'none', substitutions: { A: '1', B: '2' }, buildArgs: { C: '3' } },
  )
  assert.deepEqual(mergeConfigs({}, {}), {})
})
