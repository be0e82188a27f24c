/** Cluster API's observability tools are rendered as Tilt does it: by the real kustomize, which has the real helm fetch the chart. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { podsOfAll } from '../../src/components/add-on.ts'
import { chartOptions, reachOf } from '../../src/components/observability.ts'
import { kustomizeBuild } from '../../src/manifests/kustomize.ts'
import { nameOf } from '../../src/manifests/object.ts'
import { parseManifests } from '../../src/manifests/yaml.ts'
import { findObservability } from '../../src/providers/observability.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { askInstead, chartRepository, visualizerChart } from '../chart-repository.ts'
import { clusterApi, tool } from './tools.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

let checkout: string
before(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'observability-'))
  await cp(join(await clusterApi(), 'hack/observability'), join(checkout, 'hack/observability'), { recursive: true })
})
after(() => rm(checkout, { recursive: true }))

const wanted = async (observability: string) =>
  findObservability(await loadSettings({ given: { repository: checkout, observability }, env: { HOME: '/' }, cwd: '/' }), checkout)

test('every tool of the checkout that Tilt knows is found', async () => {
  const names = ['alloy', 'grafana', 'kube-state-metrics', 'loki', 'metrics-server', 'parca', 'prometheus', 'tempo', 'visualizer']
  assert.deepEqual(
    (await wanted(names.join(', '))).map(({ name }) => name),
    names,
  )
})

test('a tool is rendered with its chart and its values, and its workload is waited for and reached', async () => {
  const helm = await tool('helm')
  await using charts = await chartRepository(helm, visualizerChart('example.org/visualizer:v1'))
  const [visualizer] = await wanted('visualizer')
  assert.ok(visualizer)
  await askInstead(join(visualizer.folder, 'kustomization.yaml'), charts)
  const kustomize = { kustomize: await tool('kustomize'), directory: visualizer.folder, options: chartOptions(helm) }
  const objects = parseManifests(await kustomizeBuild(kustomize, work), 'visualizer')
  assert.deepEqual(objects.map(nameOf), ['Namespace observability', 'Deployment observability/capi-visualizer'])
  const { annotations } = objects[1]?.metadata ?? {}
  assert.equal(annotations?.release, 'visualizer')
  assert.equal(JSON.parse(annotations.values ?? '').image.repository, 'ghcr.io/jont828')
  assert.deepEqual(
    podsOfAll(objects).map(({ name }) => name),
    ['Deployment observability/capi-visualizer'],
  )
  assert.equal(
    reachOf('visualizer', objects)?.command,
    'kubectl --namespace observability port-forward deployment/capi-visualizer 8000:8081',
  )
  assert.ok(charts.requests.includes('/index.yaml'))
})
