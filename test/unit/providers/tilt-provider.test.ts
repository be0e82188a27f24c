import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelNotices, readTiltProviders, type TiltProvider } from '../../../src/providers/tilt-provider.ts'
import { refusal } from '../refusal.ts'

const yaml = (text: string) => readTiltProviders(text, 'tilt-provider.yaml')
const json = (text: string) => readTiltProviders(text, 'tilt-provider.json')

function only({ entries }: { readonly entries: readonly TiltProvider[] }): TiltProvider {
  const [entry, ...others] = entries
  assert.ok(entry !== undefined && others.length === 0)
  return entry
}

/** What a user reads of a file that is refused. */
function complaints(text: string, file = 'tilt-provider.yaml'): readonly string[] {
  const { what, where, details } = refusal(() => readTiltProviders(text, file))
  return details.length > 0 ? details : [`${what} (${where.join()})`]
}

/** The first notice about a provider `foo` with this in its config. */
const noticeOf = (config: string): string | undefined => yaml(`name: foo\nconfig:\n  image: foo\n  label: FOO\n  ${config}\n`).notices[0]

test('a provider with nothing but a name and an empty config has the defaults of Tilt, and its name as label', () => {
  assert.deepEqual(only(yaml('name: foo\nconfig: {}\n')), {
    name: 'foo',
    label: 'foo',
    context: '.',
    image: undefined,
    version: undefined,
    kustomizeFolder: 'config/default',
    kustomizeOptions: [],
    applyProviderYaml: true,
    goMain: undefined,
    liveReloadDeps: [],
    additionalDockerHelperCommands: '',
    additionalDockerBuildCommands: '',
    additionalResources: [],
    additionalUncategorizedResources: [],
    resourceDeps: [],
    actions: {},
    where: 'tilt-provider.yaml:1:1',
  })
})

test('every field of Tilt is read, with paths below their folders', () => {
  const { where, actions, ...read } = only(
    yaml(`name: foo
config:
  context: ./providers/foo/
  image: registry.example:5000/org/foo-controller:dev
  label: CAPF
  version: "8.0"
  kustomize_folder: /config/supervisor
  kustomize_options: ["--load-restrictor=LoadRestrictionsNone"]
  apply_provider_yaml: false
  go_main: ./cmd
  live_reload_deps: [main.go, ../../go.mod, ./api/]
  additional_docker_helper_commands: |
    RUN wget -qO- https://charts.example/foo.tgz \\
      | tar -x
  additional_docker_build_commands: COPY --from=tilt-helper /charts /charts
  additional_resources: [config/tilt/extensionconfig.yaml]
  additional_uncategorized_resources: [/test/capabilities.yaml]
  resource_deps: [capi_controller]
`),
  )
  assert.deepEqual([where, actions], ['tilt-provider.yaml:1:1', {}])
  assert.deepEqual(read, {
    name: 'foo',
    context: 'providers/foo',
    image: 'registry.example:5000/org/foo-controller:dev',
    label: 'CAPF',
    version: '8.0',
    kustomizeFolder: 'config/supervisor',
    kustomizeOptions: ['--load-restrictor=LoadRestrictionsNone'],
    applyProviderYaml: false,
    goMain: './cmd',
    liveReloadDeps: ['main.go', '../../go.mod', 'api'],
    additionalDockerHelperCommands: 'RUN wget -qO- https://charts.example/foo.tgz \\\n  | tar -x\n',
    additionalDockerBuildCommands: 'COPY --from=tilt-helper /charts /charts',
    additionalResources: ['config/tilt/extensionconfig.yaml'],
    additionalUncategorizedResources: ['test/capabilities.yaml'],
    resourceDeps: ['capi_controller'],
  })
})

const ONE = '{"name": "foo", "config": {"image": "foo", "label": "FOO"}}'
const foo = { name: 'foo', image: 'foo', label: 'FOO' }
const forms: Readonly<Record<string, readonly [string, string]>> = {
  'one provider in JSON': ['tilt-provider.json', ONE],
  'a list in JSON': ['tilt-provider.json', `[${ONE}]`],
  'one provider in YAML': ['tilt-provider.yaml', 'name: foo\nconfig:\n  image: foo # change it\n  label: FOO\n'],
  'a list in YAML': ['tilt-provider.yaml', '- name: foo\n  config: {image: foo, label: FOO}\n'],
  'a list behind comments and blank lines': ['tilt-provider.yaml', '# providers\n\n- name: foo\n  config: {image: foo, label: FOO}\n'],
  'a list behind ---': ['tilt-provider.yaml', '---\n- name: foo\n  config: {image: foo, label: FOO}\n'],
  'a list behind a comment and an empty line': ['tilt-provider.yaml', '# providers\n\n- name: foo\n  config: {image: foo, label: FOO}\n'],
  'a list in brackets behind a comment': ['tilt-provider.yaml', '# ours\n[{name: foo, config: {image: foo, label: FOO}}]\n'],
  'one provider behind a comment': ['tilt-provider.yaml', '# ours\nname: foo\nconfig: {image: foo, label: FOO}\n'],
  'one provider behind ---': ['tilt-provider.yaml', '---\nname: foo\nconfig: {image: foo, label: FOO}\n'],
  'one provider between empty documents': ['tilt-provider.yaml', '---\n---\nname: foo\nconfig: {image: foo, label: FOO}\n---\n# end\n'],
  'JSON in a .yaml file': ['tilt-provider.yaml', `${ONE}\n`],
  'JSON with tabs': ['tilt-provider.json', '{\n\t"name":\t"foo",\n  \t"config": {\n\t"image": "foo",\n\t  "label": "FOO"\n\t}\n}'],
  'JSON with tabs in a .yaml file': ['tilt-provider.yaml', '{\n\t"name": "foo",\n\t"config": {"image": "foo",\n\t"label": "FOO"}\n}'],
  'CRLF line ends in JSON': ['tilt-provider.json', `[\r\n  ${ONE}\r\n]\r\n`],
  'CRLF line ends in YAML': ['tilt-provider.yaml', 'name: foo\r\nconfig:\r\n  image: foo\r\n  label: FOO\r\n'],
  'a byte order mark': ['tilt-provider.json', `\uFEFF${ONE}`],
}

for (const [form, [file, text]] of Object.entries(forms))
  test(`${form} is read`, () => {
    const read = readTiltProviders(text, file)
    const { name, image, label } = only(read)
    assert.deepEqual([{ name, image, label }, read.notices], [foo, []])
  })

test('lines of a Dockerfile in a file with CRLF line ends have plain ones', () => {
  const text = 'name: foo\r\nconfig:\r\n  additional_docker_build_commands: |\r\n    ENV A=1\r\n    ENV B=2\r\n'
  assert.equal(only(yaml(text)).additionalDockerBuildCommands, 'ENV A=1\nENV B=2\n')
})

test('of several providers each has its own place', () => {
  const { entries } = yaml('- name: bootstrap\n  config: {context: bootstrap}\n- name: control-plane\n  config: {context: controlplane}\n')
  assert.deepEqual(
    entries.map(({ name, context, where }) => [name, context, where]),
    [
      ['bootstrap', 'bootstrap', 'tilt-provider.yaml:1:3'],
      ['control-plane', 'controlplane', 'tilt-provider.yaml:3:3'],
    ],
  )
  assert.equal(json('[\n\t{"name": "foo",\n\t\t"config": {}}\n]').entries[0]?.where, 'tilt-provider.json:2:2')
})

test('a provider without an image is read: its manifests alone are applied', () => {
  assert.equal(only(yaml('name: vm-operator-8.0\nconfig: {version: "8.0", label: VMOP}\n')).image, undefined)
})

test('the later of two providers of one name takes the place of the earlier as a whole, which is said', () => {
  const { entries, notices } = yaml('- name: foo\n  config: {image: a, label: A}\n- name: foo\n  config: {image: b}\n')
  assert.deepEqual(
    entries.map(({ image, label }) => [image, label]),
    [['b', 'foo']],
  )
  assert.deepEqual(notices, [
    'provider foo is described again at tilt-provider.yaml:3:3, which takes the place of this (tilt-provider.yaml:1:3)',
  ])
})

test('removed fields and their misspellings are pointed out', () => {
  assert.equal(
    noticeOf('manager_name: foo-manager'),
    'provider foo: manager_name has no effect since Cluster API v1.1: remove it (tilt-provider.yaml:5:3)',
  )
  assert.equal(
    noticeOf('manager-name: foo-manager'),
    'provider foo: manager-name is a misspelling of manager_name, which has no effect since Cluster API v1.1: remove it (tilt-provider.yaml:5:3)',
  )
  assert.match(noticeOf('enable_profiler: true') ?? '', /`profiler_port` under `debug` of tilt-settings/)
})

test('fields of tilt-settings in a provider are pointed out', () => {
  assert.match(noticeOf('extra_args: {foo: [--v=5]}') ?? '', /extra_args has no effect here: it is a field of tilt-settings/)
})

test('a misspelt field that Tilt passes over is accepted, with the field that it was meant to be', () => {
  assert.equal(
    noticeOf('live_reload_dep: [main.go]'),
    'provider foo: live_reload_dep is no field of config and has no effect, did you mean live_reload_deps? (tilt-provider.yaml:5:3)',
  )
  assert.match(noticeOf('additional_helper_image_commands: ""') ?? '', /did you mean additional_docker_helper_commands\?/)
  assert.match(noticeOf('hot_potato: yes') ?? '', /hot_potato is no field of config and has no effect: remove it/)
})

test('a misspelt label is an error: Tilt stops at it too', () => {
  assert.deepEqual(complaints('name: foo\nconfig:\n  image: foo\n  lable: FOO\n'), [
    'lable is no field of config, did you mean label? (tilt-provider.yaml:4:3)',
  ])
})

test('a field of ours in config is told its place', () => {
  assert.match(noticeOf('build: dockerfile') ?? '', /write it as build under actions: beside config/)
  assert.match(noticeOf('pull_policy: Never') ?? '', /write it as pull-policy under actions: beside config/)
})

test('kustomize_config says nothing, as in Tilt, be it true or false: manifests are applied', () => {
  const off = yaml('name: bmo\nconfig: {image: bmo, label: BMO, kustomize_config: false}\n')
  assert.equal(only(off).applyProviderYaml, true)
  assert.match(
    off.notices.join(),
    /the manifests are applied: remove it, or write its successor, apply_provider_yaml: false, to keep them back/,
  )
  const on = yaml('name: rke2\nconfig: {image: rke2, label: RKE2, kustomize_config: true}\n')
  assert.equal(only(on).applyProviderYaml, true)
  assert.match(on.notices.join(), /kustomize_config has no effect since Cluster API v1\.7: remove it \(/)
  const both = yaml('name: bmo\nconfig: {kustomize_config: false, apply_provider_yaml: true}\n')
  assert.equal(only(both).applyProviderYaml, true)
  const other = yaml('name: bmo\nconfig: {apply_provider_yaml: false, kustomize_config: true}\n')
  assert.equal(only(other).applyProviderYaml, false)
})

test('a field beside config has no effect, as in Tilt, and is told its place', () => {
  const { entries, notices } = yaml(`name: foo
label: FOO
context: ./foo
manager_name: foo
config:
  context: ./foo
additional_docker_build_commands: ENV A=1
nmae: foo
`)
  assert.equal(entries[0]?.label, 'foo')
  assert.deepEqual(notices, [
    'provider foo: label stands beside config, where it has no effect: move it into config (tilt-provider.yaml:2:1)',
    'provider foo: context stands beside config, where it has no effect: config has it too, remove it here (tilt-provider.yaml:3:1)',
    'provider foo: manager_name stands beside config, where it has no effect: remove it (tilt-provider.yaml:4:1)',
    'provider foo: additional_docker_build_commands stands beside config, where it has no effect: move it into config (tilt-provider.yaml:7:1)',
    'provider foo: nmae is no field of a provider and has no effect, did you mean name? (tilt-provider.yaml:8:1)',
  ])
})

test('an image beside config leaves the provider without one, whatever it is', () => {
  const notice = (image: string) => yaml(`name: foo\nimage: ${image}\nconfig: {label: FOO}\n`).notices[0]
  assert.match(notice('https://foo.example/icon.png') ?? '', /and is a URL, no image: nothing is built until config has the image/)
  assert.match(notice('ghcr.io/foo/foo') ?? '', /nothing is built until it is moved into config/)
})

test('an image in capital letters is accepted, and said to be pushed in small ones', () => {
  const { entries, notices } = yaml('name: foo\nconfig: {image: "ghcr.io/SomeBody/foo:dev", label: FOO}\n')
  assert.equal(entries[0]?.image, 'ghcr.io/SomeBody/foo:dev')
  assert.deepEqual(notices, [
    'provider foo: image has capital letters, which no registry takes: it is looked for as it is written, and pushed in small letters (tilt-provider.yaml:2:10)',
  ])
})

test('images of every form are read', () => {
  const images = ['controller', 'controller:latest', 'localhost:5000/foo', 'registry:5000/a/b:dev', `ghcr.io/a/b@sha256:${'0'.repeat(64)}`]
  for (const image of images) assert.equal(only(yaml(`name: foo\nconfig: {image: "${image}"}\n`)).image, image)
})

test('values that Tilt stumbles over are errors, all of them at once, each with its place', () => {
  const text = `- name: foo
  config:
    image: https://ghcr.io/foo/foo
    label: 12
    version: 8.0
    live_reload_deps: main.go
    apply_provider_yaml: "no"
- name: my foo
  config: []
- config: {}
- foo
- nmae: bar
  confg: {}
`
  assert.deepEqual(complaints(text), [
    'image is "https://ghcr.io/foo/foo", but must be an image reference such as ghcr.io/org/name, not a URL (tilt-provider.yaml:3:5)',
    'label is 12, but must be text: put it in quotes (tilt-provider.yaml:4:5)',
    'version is 8, but must be text: put it in quotes (tilt-provider.yaml:5:5)',
    'live_reload_deps is "main.go", but must be a list: write ["main.go"] (tilt-provider.yaml:6:5)',
    'apply_provider_yaml is "no", but must be true or false (tilt-provider.yaml:7:5)',
    'name is "my foo", but must be text of letters, digits, ".", "_" and "-", a letter or digit at both ends (tilt-provider.yaml:8:3)',
    'config of provider my foo must be a mapping (tilt-provider.yaml:9:3)',
    'a provider has no name (tilt-provider.yaml:10:3)',
    'a provider must be a mapping with name and config (tilt-provider.yaml:11:3)',
    'a provider has no name, is nmae meant to be it? (tilt-provider.yaml:12:3)',
    'provider (no name) has no config, is confg meant to be it? (tilt-provider.yaml:12:3)',
  ])
})

test('an empty field is as good as none, which is said', () => {
  const { entries, notices } = yaml(
    'name: foo\nconfig:\n  image: ""\n  label:\n  kustomize_options: null\n  additional_docker_build_commands: ""\n',
  )
  assert.deepEqual([entries[0]?.image, entries[0]?.label, entries[0]?.kustomizeOptions], [undefined, 'foo', []])
  assert.deepEqual(
    notices.map(notice => notice.replace(/ is empty.*\(/, ' ')),
    [
      'provider foo: image tilt-provider.yaml:3:3)',
      'provider foo: label tilt-provider.yaml:4:3)',
      'provider foo: kustomize_options tilt-provider.yaml:5:3)',
    ],
  )
})

test('files of other projects are told apart', () => {
  const velero = refusal(() => json('{"plugin_name": "velero-plugin-for-foo", "context": ".", "image": "velero/foo"}'))
  assert.deepEqual(
    [velero.what, velero.why],
    ['tilt-provider.json is no tilt-provider file of Cluster API', 'it is Velero’s, it describes a plugin'],
  )
  const crossplane = refusal(() => json('{"package_name": "foo/provider-foo:master", "crds_folder": "package/crds"}'))
  assert.equal(crossplane.why, 'it is Crossplane’s, it describes a package')
})

test('JSON that is not valid is refused where it is wrong, in a .json file alone', () => {
  const { what, why, where } = refusal(() => json('{\n  "name": "foo",\n}\n'))
  assert.deepEqual(
    [what, why, where],
    ['tilt-provider.json is not valid JSON', 'expected double-quoted property name', ['tilt-provider.json:3:1']],
  )
  assert.equal(only(yaml('{\n  "name": "foo", "config": {},\n}\n')).name, 'foo')
})

test('an empty file, several documents and an empty list say what is to be done', () => {
  for (const file of ['tilt-provider.yaml', 'tilt-provider.json'])
    assert.equal(refusal(() => readTiltProviders('\n', file)).what, `${file} is empty`)
  const several = refusal(() => yaml('name: a\nconfig: {}\n---\nname: b\nconfig: {}\n'))
  assert.deepEqual([several.remedy, several.where], ['make them one list: `- name: …` for each provider', ['tilt-provider.yaml:4:1']])
  assert.deepEqual(yaml('[]').notices, ['tilt-provider.yaml is an empty list: it has no provider (tilt-provider.yaml:1:1)'])
})

test('what Tilt has no field for stands under actions:, and is judged', () => {
  const text = 'name: foo\nconfig: {image: foo, label: FOO}\nactions:\n  build: dockerfile\n  wait: started\n'
  const read = yaml(text)
  assert.deepEqual([only(read).actions, read.notices], [{ build: 'dockerfile', wait: 'started' }, []])
  assert.deepEqual(complaints(text.replace('wait: started', 'wiat: started')), [
    'actions has no field wiat, did you mean wait? (tilt-provider.yaml:5:3)',
  ])
})

test('wanted providers of one label are pointed out', () => {
  const [first, second, third] = ['vsphere', 'supervisor', 'other'].map(name => ({
    name,
    label: name === 'other' ? 'X' : name === 'vsphere' ? 'CAPV' : 'capv',
  }))
  assert.ok(first && second && third)
  assert.deepEqual(labelNotices(second, [third, first]), [
    'providers vsphere and supervisor have one label, capv: Tilt can’t have them together, and in `resource_deps` capv_controller is all of them',
  ])
  assert.deepEqual(labelNotices(third, [first, second]), [])
})
