/** cert-manager: its commands, and its release manifest, rendered from the chart in its module. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import type { Recipe } from '../recipe.ts'
import { versions } from '../versions.ts'
import { goBuild, moduleOf } from './go.ts'

const MODULE = 'github.com/cert-manager/cert-manager'

export const certManagerCommands = ['controller', 'webhook', 'cainjector', 'acmesolver'] as const

export const certManager = goBuild({
  name: 'cert-manager',
  docs: `cert-manager ${versions.certManager}: ${certManagerCommands.join(', ')}`,
  // The replace line is the module's own: a library needs an API that a later version of the other took away.
  module: { require: { [MODULE]: versions.certManager }, replace: { 'github.com/miekg/dns v1.1.41': 'github.com/miekg/dns v1.1.34' } },
  commands: Object.fromEntries(certManagerCommands.map(command => [command, `${MODULE}/cmd/${command}`])),
  ldflags: `-X ${MODULE}/pkg/util.AppVersion=${versions.certManager}`,
})

export const renderChart = goBuild({
  name: 'render-chart',
  docs: "what `helm template` does, from helm's own libraries",
  module: { require: { 'helm.sh/helm/v3': versions.helm }, likeKubernetes: versions.kubernetes },
  commands: { 'render-chart': '.' },
  program: 'programs/render-chart/main.go',
})

/** The values with which upstream renders its static manifest (make/manifests.mk in the module). */
const values = { creator: 'static', startupapicheck: { enabled: false }, installCRDs: true }

export const certManagerManifest: Recipe = {
  name: 'cert-manager-manifest',
  docs: `cert-manager.yaml of release ${versions.certManager}`,
  inputs: { version: versions.certManager, kubernetes: versions.kubernetes, values },
  needs: [renderChart],
  files: ['recipes/cert-manager.ts', 'recipes/go.ts'],
  make: async making => {
    const { Dir } = await moduleOf(`${MODULE}@${versions.certManager}`, making.dir, making)
    const chart = path.join(making.dir, '.chart')
    await exec('cp', ['-r', '--no-preserve=mode', `${Dir}/deploy/charts/cert-manager`, chart], making)
    await writeFile(
      path.join(chart, 'Chart.yaml'),
      chartOf(await readFile(path.join(chart, 'Chart.template.yaml'), 'utf8'), versions.certManager),
    )
    await mkdir(path.join(chart, 'templates'), { recursive: true })
    const definitions: string[] = []
    for (const file of (await readdir(`${Dir}/deploy/crds`)).filter(name => name.startsWith('crd-'))) {
      definitions.push(await readFile(`${Dir}/deploy/crds/${file}`, 'utf8'))
    }
    await writeFile(path.join(chart, 'templates', 'crds.yaml'), crdTemplate(definitions))
    const rendered = await exec(
      path.join(making.of(renderChart), 'render-chart'),
      [chart, 'cert-manager', 'cert-manager', versions.kubernetes],
      making,
      { input: JSON.stringify(values) },
    )
    const namespace = await readFile(`${Dir}/deploy/manifests/namespace.yaml`, 'utf8')
    await writeFile(path.join(making.dir, 'cert-manager.yaml'), `---\n${namespace.trim()}\n${rendered.stdout}`)
    await exec('rm', ['-rf', chart], making)
  },
}

/** Chart.yaml out of its template: the release tool fills in the versions and the annotations, which are for an artefact hub. */
export const chartOf = (template: string, version: string): string =>
  template
    .replace(/^version:.*$/m, `version: ${version}`)
    .replace(/^appVersion:.*$/m, `appVersion: ${version}`)
    .replace(/^annotations:\n(?:[ \t]+.*\n?)*/m, '')

/** The chart's template of all custom resource definitions; their labels are a template inside a comment. */
export const crdTemplate = (definitions: readonly string[]): string =>
  definitions.map(text => `---\n${text.replaceAll('# Generated labels {{-', '{{-')}`).join('\n')
