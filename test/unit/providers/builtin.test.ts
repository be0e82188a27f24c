import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildTags, builtIns, requireNotRemoved } from '../../../src/providers/builtin.ts'
import { refusal } from '../refusal.ts'

/** Listing and texts of a checkout. */
const checkout = (files: Readonly<Record<string, string>>) => [(path: string) => path in files, (path: string) => files[path]] as const

const TILT = 'build_cmd = "{build_env} go build {build_options} -gcflags \'{gcflags}\' -o .tiltbuild/bin/{binary_name} {go_main}"'
const extension = (label: string) => ({
  'test/extension/config/default/kustomization.yaml': `commonLabels:\n  cluster.x-k8s.io/provider: ${label}\n`,
})
const v17 = checkout({
  'main.go': '',
  'test/infrastructure/inmemory/main.go': '',
  Tiltfile: TILT,
  ...extension('"runtime-extension-test"'),
})
const v110 = checkout({ 'main.go': '', Tiltfile: TILT, ...extension('runtime-extension-test') })
const v114 = checkout({
  'core/main.go': '',
  Tiltfile: TILT.replace('go build', 'go build -tags=fieldsv1string,other'),
  ...extension('runtime-extension-test-extension'),
})

test('core stands in its own folder since v1.14', () => {
  const folder = ([has, read]: typeof v17) => builtIns(has, read).find(({ name }) => name === 'core')?.folder
  assert.deepEqual([folder(v17), folder(v110), folder(v114)], ['.', '.', 'core'])
})

test('in-memory is a provider of its own up to v1.9', () => {
  const [inMemory] = builtIns(...v17).filter(({ name }) => name === 'in-memory')
  assert.deepEqual(inMemory, {
    name: 'in-memory',
    tiltLabel: 'CAPIM',
    type: 'infrastructure',
    providerName: 'in-memory',
    namespace: 'capim-system',
    folder: 'test/infrastructure/inmemory',
    module: 'test',
    image: 'gcr.io/k8s-staging-cluster-api/capim-manager',
    user: '65532:65532',
    dockerfile: 'test/infrastructure/inmemory/Dockerfile',
    additionalResources: [],
    dependsOn: [],
  })
  for (const one of [v110, v114]) assert.ok(!builtIns(...one).some(({ name }) => name === 'in-memory'))
})

test('who wants in-memory of a newer checkout is told what took its place', () => {
  const { what, why, remedy, where } = refusal(() => requireNotRemoved('in-memory', v110[0], 'tilt-settings.yaml:3:5'))
  assert.deepEqual(
    [what, why, where],
    [
      'provider in-memory is not in this checkout of Cluster API',
      'since v1.10 it is no provider of its own, but a backend of the docker provider',
      ['tilt-settings.yaml:3:5'],
    ],
  )
  assert.match(remedy ?? '', /say docker in its place, and `workload-template: in-memory`/)
  requireNotRemoved('in-memory', v17[0], '')
  requireNotRemoved('docker', v110[0], '')
})

test('the test extension is called as its label says: `test` up to v1.11', () => {
  const named = (one: typeof v17) => builtIns(...one).find(({ name }) => name === 'test-extension')?.providerName
  assert.deepEqual([v17, v110, v114].map(named), ['test', 'test', 'test-extension'])
  assert.equal(builtIns(v114[0]).find(({ name }) => name === 'test-extension')?.providerName, 'test-extension')
})

test('build tags are those of the repository’s own go build', () => {
  assert.deepEqual(
    [v17, v110, v114].map(one => buildTags(...one)),
    [[], [], ['fieldsv1string', 'other']],
  )
  const [has, read] = checkout({ 'core/main.go': '', Dockerfile: 'RUN CGO_ENABLED=0 \\\n    go build -trimpath -tags "a" -o manager\n' })
  assert.deepEqual(buildTags(has, read), ['a'])
  assert.deepEqual([buildTags(v17[0]), buildTags(v114[0])], [[], ['fieldsv1string']])
})
