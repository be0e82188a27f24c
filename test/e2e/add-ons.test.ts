/** Add-ons on a real cluster without providers: the sample of the tutorial, another project from a Dockerfile, manifests, a kustomization, charts with hooks, observability, hooks. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Failure } from '../../src/host/failure.ts'
import { whatWasMade } from '../../src/report/made.ts'
import { bringUp, down, type Unfinished } from '../../src/run/up.ts'
import { loadSettings } from '../../src/settings/load.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { askInstead, type ChartRepository, chartRepository, standIn } from '../chart-repository.ts'
import { extras } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { root } from '../workflow-files.ts'
import { lines } from './mirrors.ts'
import { portForward } from './port-forward.ts'

const CLUSTER = 'e2e-add-ons'
const PORT = 5330
const SAMPLE = 'docs/tutorial/hello'
const sleeper = (name: string) =>
  `spec: {selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: ${name}, image: "busybox:1.36", command: [sleep, infinity]}]}}}`
const deployment = (name: string) => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\n${sleeper(name)}\n`
const crd = (kind: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${kind}s.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: ${kind[0]?.toUpperCase()}${kind.slice(1)}, plural: ${kind}s, singular: ${kind}, listKind: ${kind}List}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`

let testbed: Testbed
let scratch: string
let charts: ChartRepository
let settings: Settings
let made: Unfinished
const log: string[] = []

const work = { signal: new AbortController().signal, log: console.log, waiting: () => {} }
const command = async (tool: 'kubectl' | 'helm', ...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(await testbed.tool(tool), ['--kubeconfig', settings.kubeconfigFile, ...args])
  return stdout.trim()
}
const kubectl = (...args: string[]) => command('kubectl', ...args)

/** Files by their paths below the scratch folder. */
const files = {
  'kustomized/kustomization.yaml': 'resources: [crd.yaml, ../outside.yaml]\n',
  'kustomized/crd.yaml': crd('widget'),
  'outside.yaml': deployment('outside'),
  'widget.yaml': 'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: early}\n',
  'filled.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: filled}\ndata: {who: "${WHO}"}\n',
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/values.yaml': 'greeting: none\n',
  'chart/templates/app.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: "{{ .Release.Name }}", annotations: {values: {{ .Values | toJson | quote }}}}\n${sleeper('charted')}\n`,
  'chart/templates/hook.yaml': `apiVersion: batch/v1
kind: Job
metadata: {name: "{{ .Release.Name }}-first", annotations: {helm.sh/hook: pre-install}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: first, image: "busybox:1.36", command: [sh, -c, "echo before all else"]}]}}}
`,
  'chart/crds/gadget.yaml': crd('gadget'),
  'broken/Chart.yaml': 'apiVersion: v2\nname: broken\nversion: 1.0.0\n',
  'broken/templates/app.yaml': deployment('broken').replace('busybox:1.36', 'busybox:no-such-tag'),
  'hooked/Chart.yaml': 'apiVersion: v2\nname: hooked\nversion: 1.0.0\n',
  'hooked/templates/hook.yaml': `apiVersion: batch/v1
kind: Job
metadata: {name: hooked, annotations: {helm.sh/hook: pre-install}}
spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [{name: first, image: "busybox:1.36", command: [sh, -c, "echo no such database; exit 7"]}]}}}
`,
  'web/Dockerfile': 'FROM busybox:1.36\nARG page\nRUN echo "$page" > /page\nCMD ["sleep", "infinity"]\n',
  'web/k8s/web.yaml': deployment('web')
    .replace('busybox:1.36', 'example.org/team/web:latest')
    .replace('command: [sleep, infinity]', 'readinessProbe: {exec: {command: [grep, page of web, /page]}}'),
}

before(async () => {
  testbed = await startTestbed({ extras: [extras['helm-archive']] })
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-add-ons-'))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(scratch, file)), { recursive: true })
    await writeFile(join(scratch, file), text)
  }
  await cp(join(root, SAMPLE), join(scratch, 'hello'), { recursive: true })
  const tool = join(scratch, 'hack/observability/metrics-server')
  await cp(join(testbed.source(), 'hack/observability'), dirname(tool), { recursive: true })
  const version = /version: (\S+)/.exec(await readFile(join(tool, 'kustomization.yaml'), 'utf8'))?.[1] ?? assert.fail('no version')
  const chart = standIn('metrics-server', version, 'Deployment', 'metrics-server')
  const asBusybox = (text = '') => text.replace(/image: [^\s}]+/, 'image: "busybox:1.36", command: [sleep, infinity]')
  charts = await chartRepository(await testbed.tool('helm'), {
    ...chart,
    templates: { 'workload.yaml': asBusybox(chart.templates['workload.yaml']) },
  })
  await askInstead(join(tool, 'kustomization.yaml'), charts)
  // Docker's own builder needs buildx among the plugins of its command.
  await mkdir(join(scratch, 'docker/cli-plugins'), { recursive: true })
  await symlink(await testbed.tool('buildx'), join(scratch, 'docker/cli-plugins/docker-buildx'))
  process.env.DOCKER_CONFIG = join(scratch, 'docker')
  settings = await load({
    'cluster-name': CLUSTER,
    'registry-name': `${CLUSTER}-registry`,
    'registry-port': String(PORT),
    'state-dir': join(scratch, 'state'),
    observability: 'metrics-server',
    'additional-kustomizations': 'kustomized=kustomized',
    manifests: '- widget.yaml\n- {from: filled.yaml, substitute: true, before: providers}',
    substitutions: 'WHO=nobody',
    'helm-charts':
      '- {name: charted, chart: chart, namespace: charts, values: [{greeting: inline, kept: true}], set: {greeting: "hello, world"}, before: providers}',
    hooks: `
after-cluster: |
  kubectl create configmap from-hook --from-literal=registry="$CAPI_ACTIONS_IMAGE_REGISTRY" --dry-run=client --output=yaml |
    kubectl apply --filename=-
before-providers:
- kubectl get deployment charted --namespace charts --output name
- echo second >> "$CAPI_ACTIONS_STATE_DIR/hooks"; pwd >> "$CAPI_ACTIONS_STATE_DIR/hooks"
`,
    projects: 'hello: {folder: hello, answers: /}\nweb: {folder: web, image: example.org/team/web, args: {page: page of web}}',
  })
  const outcome = await run(settings)
  made = outcome.made
  if ('failure' in outcome) throw outcome.failure
})
after(async () => {
  await down(settings, work)
  await charts[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

const load = (given: Record<string, string>): Promise<Settings> =>
  loadSettings({
    given: {
      providers: 'none',
      'kubernetes-version': testbed.versions.kubernetes,
      'helm-version': testbed.versions.helm,
      'download-mirrors': lines(testbed.downloadMirrors),
      'image-mirrors': lines(testbed.imageMirrors),
      timeout: '3m',
      ...given,
    },
    env: { ...process.env, ...testbed.env },
    cwd: scratch,
  })

const run = (wanted: Settings) =>
  bringUp(wanted, ['cluster', 'providers'], {
    listener: event => {
      if (event.type === 'output') log.push(`${event.task}: ${event.line}`)
    },
    signal: work.signal,
  })

test('a plain project is compiled, deployed and proven to answer, and answers through the command that is shown', async () => {
  const hello = made.projects?.find(({ name }) => name === 'hello') ?? assert.fail('there is no project hello')
  assert.match(hello.image, /^localhost:5330\/hello:[0-9a-f]{16}$/)
  assert.equal(hello.reach?.command, 'kubectl --namespace default port-forward service/hello 8080:80')
  const [, ...args] = hello.reach.command.replace('8080:', ':').split(' ')
  const child = spawn(await testbed.tool('kubectl'), args, { env: { ...process.env, KUBECONFIG: settings.kubeconfigFile } })
  try {
    const [said] = await once(child.stdout, 'data')
    const port = /127\.0\.0\.1:(\d+)/.exec(String(said))?.[1] ?? assert.fail(`kubectl said ${said}`)
    assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /^hello from Kubernetes from hello-/)
  } finally {
    child.kill()
  }
})

test('a plain project is reached by port-forward, whose port stays when all pods go, and which leaves nothing', async () => {
  const page = 'http://localhost:18080/'
  const forwarding = await portForward(['--state-dir', join(scratch, 'state'), 'hello=18080'])
  try {
    assert.match(forwarding.said(), /^hello {2}http:\/\/localhost:18080 → service hello in default, port 80\n/)
    const [, first] = /^hello from Kubernetes from (hello-\S+)/.exec(await (await fetch(page)).text()) ?? []
    await kubectl('delete', 'pods', '--selector=app=hello')
    // One that runs is led to before it listens, where none is ready.
    await kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s')
    const [, second] = /^hello from Kubernetes from (hello-\S+)/.exec(await (await fetch(page)).text()) ?? []
    assert.ok(first !== undefined && second !== undefined && first !== second, `${first} ${second}`)
    assert.ok(forwarding.said().includes(`hello: pod ${first} is gone, connected to ${second}\n`))
  } finally {
    assert.equal(await forwarding.end('SIGINT'), 0)
  }
  await assert.rejects(fetch(page))
})

test('a project with a Dockerfile is built by the builder of the engine, with its args', async () => {
  assert.match(await kubectl('get', 'deployment', 'web', '--output=jsonpath={..image}'), /^localhost:5330\/web:[0-9a-f]{16}$/)
})

test('a kustomization may have files from beside it, and a manifest of a kind that it brings comes beside it', async () => {
  assert.match(await kubectl('get', 'deployment', 'outside', '--output=jsonpath={.status.availableReplicas}'), /^1$/)
  assert.equal(await kubectl('get', 'widgets', '--output', 'name'), 'widget.example.org/early')
})

test('variables are filled in manifests that say so', async () =>
  assert.equal(await kubectl('get', 'configmap', 'filled', '--output=jsonpath={.data.who}'), 'nobody'))

test('a chart is installed by helm: hooks have run, later values win, and text that is set stays text', async () => {
  assert.equal(await kubectl('get', 'job', 'charted-first', '--namespace=charts', '--output=jsonpath={.status.succeeded}'), '1')
  const values = await kubectl('get', 'deployment', 'charted', '--namespace=charts', '--output=jsonpath={.metadata.annotations.values}')
  assert.deepEqual(JSON.parse(values), { greeting: 'hello, world', kept: true })
})

test('hooks have run where their names say, in the repository, with the cluster and the tools', async () => {
  assert.equal(await kubectl('get', 'configmap', 'from-hook', '--output=jsonpath={.data.registry}'), 'localhost:5330')
  assert.ok(log.includes('hook before-providers: deployment.apps/charted'))
  assert.equal(await readFile(join(scratch, 'state/hooks'), 'utf8'), `second\n${scratch}\n`)
})

test('an observability tool is deployed from its chart', async () => {
  assert.deepEqual(made.observability, [{ name: 'metrics-server', reach: undefined }])
  const deployed = ['get', 'deployment', 'metrics-server', '--namespace=observability']
  assert.equal(await kubectl(...deployed, '--output=jsonpath={.status.availableReplicas}'), '1')
})

test('what was made says how to reach it', () =>
  assert.ok(
    whatWasMade(made, settings).includes(
      'hello: kubectl --namespace default port-forward service/hello 8080:80, then http://localhost:8080',
    ),
  ))

test('a second run makes nothing anew', async () => {
  const outcome = await run(settings)
  if ('failure' in outcome) throw outcome.failure
  assert.deepEqual(outcome.made.projects, made.projects)
  assert.equal(await command('helm', 'list', '--namespace=charts', '--short'), 'charted')
})

test('a chart whose pods do not start is told by what its pod says, not by the time that helm has waited', async () => {
  const outcome = await run(await load({ ...foreign(), 'helm-charts': '- {name: broken, chart: broken}', timeout: '15s' }))
  assert.ok('failure' in outcome && outcome.failure instanceof Failure)
  assert.equal(outcome.failure.what, 'chart broken is not ready after 15 s')
  assert.match(outcome.failure.why ?? '', /Deployment default\/broken is not Available.*busybox:no-such-tag cannot be pulled/)
  await down(await load(foreign()), work)
})

test('a hook of a chart that fails is told by its code and its log', async () => {
  const outcome = await run(await load({ ...foreign(), 'helm-charts': '- {name: hooked, chart: hooked}' }))
  assert.ok('failure' in outcome && outcome.failure instanceof Failure)
  assert.equal(outcome.failure.what, 'a hook of chart hooked failed')
  assert.match(outcome.failure.why ?? '', /Job default\/hooked is not Complete.*exited 7.*no such database/)
  await kubectl('delete', 'job', 'hooked')
  await down(await load(foreign()), work)
})

test('in a cluster that stays a release is uninstalled again, with its namespace and its CRDs; one that was there before stays', async () => {
  const wanted = await load({
    ...foreign(),
    'helm-charts': '- {name: mine, chart: chart, namespace: mine}\n- {name: charted, chart: chart, namespace: charts}',
    manifests: 'outside.yaml',
  })
  const crds = () => kubectl('get', 'crds', '--output', 'name')
  await kubectl('delete', 'crd', 'gadgets.example.org')
  const before = await crds()
  const outcome = await run(wanted)
  if ('failure' in outcome) throw outcome.failure
  assert.equal(await command('helm', 'list', '--all-namespaces', '--short'), 'charted\nmine')
  assert.notEqual(await crds(), before)
  const removed = await down(wanted, work)
  assert.ok(removed.includes('removed helm release mine'), removed.join('\n'))
  assert.equal(await command('helm', 'list', '--all-namespaces', '--short'), 'charted')
  assert.equal(await crds(), before)
  while ((await kubectl('get', 'namespaces', '--output', 'name')).includes('namespace/mine')) await sleep(200)
  assert.equal(await kubectl('get', 'deployment', 'outside', '--output', 'name'), 'deployment.apps/outside')
})

/** The cluster of the first run as somebody else's. */
const foreign = () => ({ kubeconfig: settings.kubeconfigFile, context: `kind-${CLUSTER}`, 'state-dir': join(scratch, 'theirs') })
