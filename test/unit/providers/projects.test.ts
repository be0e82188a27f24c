import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { rendersCharts } from '../../../src/providers/kustomizations.ts'
import { findProjects } from '../../../src/providers/projects.ts'
import { loadSettings } from '../../../src/settings/load.ts'

let root: string
const files = {
  'docker/Dockerfile': 'FROM scratch\n',
  'docker/k8s/app.yaml': '',
  'go/go.mod': 'module x\n',
  'go/config/default/kustomization.yaml': '',
  'bare/manifests/app.yaml': '',
  'plain/kustomization.yaml': 'resources: [a.yaml]\n',
  'charts/kustomization.yaml': 'resources: [inner]\n',
  'charts/inner/kustomization.yaml': 'helmCharts:\n- name: x\n',
}
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'projects-'))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
})
after(() => rm(root, { recursive: true }))

const load = (given: Record<string, string>) => loadSettings({ given, env: { HOME: '/' }, cwd: root })
const find = async (projects: string) => findProjects(await load({ projects }))

test('a project with a Dockerfile is built from it, and its manifests are where people keep them', async () => {
  const [project] = await find('docker: docker')
  assert.deepEqual(
    [project?.build, project?.manifests, project?.image],
    [{ dockerfile: join(root, 'docker/Dockerfile') }, { files: [join(root, 'docker/k8s')] }, 'docker'],
  )
})

test('a Go project without one is compiled, and a folder that is a kustomization is built as such', async () => {
  const [project] = await find('go: {folder: go, image: example.org/go}')
  assert.deepEqual(
    [project?.build, project?.manifests, project?.image],
    [{ package: '.' }, { kustomization: join(root, 'go/config/default') }, 'example.org/go'],
  )
})

test('a project that is not there, that nobody can build, or that has nothing to deploy, is told so', async () => {
  await assert.rejects(find('x: nowhere'), { what: 'project x is not there', where: ['input projects'] })
  await assert.rejects(find('x: bare'), { what: 'project x cannot be built' })
  await assert.rejects(find('x: {folder: docker, dockerfile: Other}'), { why: `there is no ${join(root, 'docker/Other')}` })
  await assert.rejects(find('x: {folder: docker, manifests: [k8s, more]}'), { why: `there is no ${join(root, 'docker/more')}` })
  await assert.rejects(find('x: {folder: charts/inner, go: .}'), { what: 'project x has no manifests' })
})

test('kustomizations that have a chart somewhere want helm, others and those of elsewhere do not', async () => {
  const wantsHelm = async (said: string) => rendersCharts(await load({ 'additional-kustomizations': said }))
  assert.equal(await wantsHelm('a=plain\nb=https://example.org/a.git?ref=v1'), false)
  assert.equal(await wantsHelm('a=charts'), true)
  await assert.rejects(wantsHelm('a=nowhere'), { what: 'kustomization a is not there' })
  const file = join(root, 'plain/kustomization.yaml')
  await assert.rejects(wantsHelm(`a=${file}`), { what: 'kustomization a is not there', why: `${file} is a file: its folder is meant` })
  await assert.rejects(wantsHelm('a=go'), { what: 'kustomization a is not there', why: `${join(root, 'go')} has no kustomization.yaml` })
})
