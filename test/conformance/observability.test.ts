/** Cluster API's observability tools are rendered as Tilt does it: by the real kustomize, which has the real helm fetch the chart. */
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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
import { askInstead, chartRepository, standIn, visualizerChart } from '../chart-repository.ts'
import { clusterApi, secondClusterApi, tool } from './tools.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

let checkout: string
before(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'observability-'))
  await cp(join(await clusterApi(), 'hack/observability'), join(checkout, 'hack/observability'), { recursive: true })
})
after(() => rm(checkout, { recursive: true }))

const wanted = async (observability: string) =>
  findObservability(await loadSettings({ given: { repository: checkout, observability }, env: { HOME: '/' }, cwd: '/' }), [checkout])

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

/** What upstream's charts make of Tilt's values: the workload that runs the tool, and where. */
const workloads = {
  alloy: ['DaemonSet', 'alloy', 'observability'],
  grafana: ['Deployment', 'grafana', 'observability'],
  headlamp: ['Deployment', 'headlamp', 'observability'],
  'kube-state-metrics': ['Deployment', 'kube-state-metrics', 'observability'],
  loki: ['StatefulSet', 'loki', 'observability'],
  'metrics-server': ['Deployment', 'metrics-server', 'observability'],
  parca: ['Deployment', 'parca', 'default'],
  prometheus: ['Deployment', 'prometheus-server', 'observability'],
  promtail: ['DaemonSet', 'promtail', 'observability'],
  tempo: ['StatefulSet', 'tempo', 'observability'],
  visualizer: ['Deployment', 'capi-visualizer', 'observability'],
} as const

/** How each is reached: ports of the Tiltfile, pages that it links to. */
const reached: Readonly<Record<string, string>> = {
  grafana: '3000 http://localhost:3000/dashboards',
  headlamp: '4466 http://localhost:4466',
  loki: '3100 -',
  parca: '7070 http://localhost:7070',
  prometheus: '9090 http://localhost:9090',
  tempo: '4317 -',
  visualizer: '8000:8081 http://localhost:8000',
}

for (const [name, [kind, workload, namespace]] of Object.entries(workloads)) {
  test(`${name} is rendered from its chart, waited for by its workload, and reached as in Tilt`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'observability-second-'))
    try {
      const folder = await layOut(root, name)
      const file = join(folder, name === 'grafana' ? 'chart/kustomization.yaml' : 'kustomization.yaml')
      const said = await readFile(file, 'utf8')
      const chartOf = (key: string) => new RegExp(`^[ -]+${key}: (.*)$`, 'm').exec(said)?.[1] ?? assert.fail(`${file} says no ${key}`)
      const helm = await tool('helm')
      await using charts = await chartRepository(helm, standIn(chartOf('name'), chartOf('version'), kind, workload))
      await askInstead(file, charts)
      const kustomize = { kustomize: await tool('kustomize'), directory: folder, options: chartOptions(helm) }
      const objects = parseManifests(await kustomizeBuild(kustomize, work), name)
      assert.deepEqual(
        podsOfAll(objects).map(check => check.name),
        [`${kind} ${namespace}/${workload}`],
      )
      const reach = reachOf(name, objects)
      assert.equal(reach && `${reach.command.split(' ').at(-1)} ${reach.page ?? '-'}`, reached[name])
      if (reach)
        assert.match(reach.command, new RegExp(`^kubectl --namespace ${namespace} port-forward ${kind.toLowerCase()}/${workload} `))
    } finally {
      await rm(root, { recursive: true })
    }
  })
}

/** A copy of the tool's folder, with what it takes from beside it; promtail, which newer releases don't have, as those before v1.12 had it. */
async function layOut(root: string, name: string): Promise<string> {
  const folder = join(root, 'hack/observability')
  await cp(join(await secondClusterApi(), 'hack/observability'), folder, { recursive: true })
  await cp(join(await secondClusterApi(), 'core/config/metrics'), join(root, 'core/config/metrics'), { recursive: true })
  if (name !== 'promtail') return join(folder, name)
  const text = (await readFile(join(folder, 'loki/kustomization.yaml'), 'utf8'))
    .replaceAll('loki', 'promtail')
    .replace(/version: .*/, 'version: 6.11.2')
  await mkdir(join(folder, 'promtail'))
  await writeFile(join(folder, 'promtail/kustomization.yaml'), text)
  await writeFile(join(folder, 'promtail/values.yaml'), 'config: {clients: [{url: "http://loki:3100/loki/api/v1/push", tenant_id: 1}]}\n')
  return join(folder, 'promtail')
}
