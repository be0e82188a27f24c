import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { removeStaleCharts } from '../../../src/manifests/stale-charts.ts'

let tool: string
beforeEach(async () => {
  tool = await mkdtemp(join(tmpdir(), 'charts-'))
})
afterEach(() => rm(tool, { recursive: true }))

async function lay(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(tool, file)), { recursive: true })
  await writeFile(join(tool, file), text)
}
const kustomization = (repo = 'repo: https://example.org') =>
  `helmCharts:\n- name: grafana\n  version: 10.2.0\n  ${repo}\nhelmGlobals:\n  chartHome: .charts\n`

test('a chart of another version is fetched anew, from where the kustomization keeps its charts, with its archive', async () => {
  await lay('chart/kustomization.yaml', kustomization())
  await lay('chart/.charts/grafana/Chart.yaml', 'name: grafana\nversion: 6.56.5\n')
  await lay('chart/.charts/grafana-6.56.5.tgz', '')
  assert.deepEqual(await removeStaleCharts(tool), [join(tool, 'chart/.charts/grafana')])
  assert.equal(existsSync(join(tool, 'chart/.charts/grafana')), false)
  assert.equal(existsSync(join(tool, 'chart/.charts/grafana-6.56.5.tgz')), false)
})

test('a chart whose download was cut short is fetched anew', async () => {
  await lay('kustomization.yaml', kustomization())
  await lay('.charts/grafana-10.2.0/grafana/values.yaml', '')
  assert.deepEqual(await removeStaleCharts(tool), [join(tool, '.charts/grafana-10.2.0/grafana')])
})

test('the wanted version stays, and so does a chart that nobody could fetch again', async () => {
  await lay('kustomization.yaml', kustomization())
  await lay('.charts/grafana-10.2.0/grafana/Chart.yaml', 'name: grafana\nversion: 10.2.0\n')
  await lay('other/kustomization.yaml', kustomization('releaseName: grafana'))
  await lay('other/.charts/grafana/Chart.yaml', 'name: grafana\nversion: 1.0.0\n')
  assert.deepEqual(await removeStaleCharts(tool), [])
})
