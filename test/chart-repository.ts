/** A helm chart repository on 127.0.0.1 with one small chart, packed by the real helm, in the place of upstream's. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

export interface Chart {
  readonly name: string
  readonly version: string
  /** Templates by file name. */
  readonly templates: Readonly<Record<string, string>>
}

export interface ChartRepository extends AsyncDisposable {
  readonly url: string
  /** Paths that were asked for. */
  readonly requests: readonly string[]
}

export async function chartRepository(helm: string, { name, version, templates }: Chart): Promise<ChartRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'charts-'))
  const chart = join(folder, name)
  await mkdir(join(chart, 'templates'), { recursive: true })
  await writeFile(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: ${version}\n`)
  await writeFile(join(chart, 'values.yaml'), '{}\n')
  for (const [file, text] of Object.entries(templates)) await writeFile(join(chart, 'templates', file), text)
  const env = { PATH: process.env.PATH, HOME: folder }
  await promisify(execFile)(helm, ['package', chart, '--destination', folder], { env })
  await promisify(execFile)(helm, ['repo', 'index', folder], { env })
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    requests.push(request.url ?? '')
    const file = await readFile(join(folder, basename(request.url ?? ''))).catch(() => undefined)
    response.writeHead(file === undefined ? 404 : 200).end(file)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

/** The chart that stands in for cluster-api-visualizer's: a Deployment of its name, of `image`, and what the chart's values say. */
export const visualizerChart = (image: string): Chart => ({
  name: 'cluster-api-visualizer',
  version: '1.5.0',
  templates: {
    'deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: capi-visualizer
  namespace: {{ .Release.Namespace }}
  labels: {app: capi-visualizer}
  annotations: {release: {{ .Release.Name }}, values: {{ .Values | toJson | quote }}}
spec:
  selector: {matchLabels: {app: capi-visualizer}}
  template:
    metadata: {labels: {app: capi-visualizer}}
    spec: {containers: [{name: visualizer, image: ${image}}]}
`,
  },
})

/** A chart in the place of upstream's, with one workload that shows the release and the values that it was rendered with. */
export const standIn = (name: string, version: string, kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', workload: string): Chart => ({
  name,
  version,
  templates: {
    'workload.yaml': `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: ${workload}
  namespace: {{ .Release.Namespace }}
  annotations: {release: {{ .Release.Name }}, values: {{ .Values | toJson | quote }}}
spec:
  selector: {matchLabels: {app: ${workload}}}
  template:
    metadata: {labels: {app: ${workload}}}
    spec: {containers: [{name: ${workload}, image: example.org/${name}:v${version}}]}
`,
  },
})

/** Has the kustomization in `file` ask `repository` instead of upstream's. */
export async function askInstead(file: string, { url }: ChartRepository): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/^( *repo: ).*$/m, `$1${url}`))
}
