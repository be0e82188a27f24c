import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { collectDiagnostics, type Wanted } from '../../../src/diagnostics/collect.ts'
import { redactor } from '../../../src/report/redact.ts'
import { fakeDocker } from '../cluster/fake-docker.ts'
import { listOf, machines, sickCluster } from './sick-cluster.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diagnostics-'))
})
afterEach(() => rm(folder, { recursive: true }))

const collect = (kubeconfig: string, more: Partial<Wanted> = {}) =>
  collectDiagnostics(
    { folder, kubeconfig, context: undefined, registry: 'my-registry', redact: redactor(['known-secret']), ...more },
    new AbortController().signal,
  )

async function files(): Promise<Record<string, string>> {
  const found = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(one => one.isFile())
  const named = found.map(one => relative(folder, join(one.parentPath, one.name))).toSorted()
  return Object.fromEntries(await Promise.all(named.map(async name => [name, await readFile(join(folder, name), 'utf8')] as const)))
}

/** Sections of the index, each without its title and fence. */
async function sections(): Promise<Record<string, string[]>> {
  const [, ...parts] = (await readFile(join(folder, 'index.md'), 'utf8')).split(/^## /m)
  return Object.fromEntries(
    parts.map(part => {
      const [title = '', ...lines] = part.split('\n').filter(line => line !== '' && !line.startsWith('```'))
      return [title, lines]
    }),
  )
}

test('every object, log and journal that is wanted has its file, without what is secret', async () => {
  await using server = await sickCluster()
  await using _docker = await machines()
  await collect(server.kubeconfig)
  const { 'index.md': _, ...found } = await files()
  assert.deepEqual(found, {
    'deployments.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: capd-controller-manager
  namespace: capd-system
  labels:
    cluster.x-k8s.io/provider: infrastructure-docker
  annotations:
    note: kept
status:
  conditions:
    - type: Available
      status: "False"
      reason: MinimumReplicasUnavailable
      message: Deployment does not have minimum availability.
`,
    'events.txt': `2026-01-01T00:00:01Z Normal Node kind-control-plane: Starting: 
2026-01-01T00:00:02Z Warning Pod capd-system/capd-1: BackOff (3 times): Back-off restarting with ***
`,
    'kind-nodes/demo-lb/container.log': 'proxy ***\n',
    'kind-nodes/kind-control-plane/container.log': 'Welcome to Debian\n',
    'kind-nodes/kind-control-plane/journal.log': 'kubelet: hello\n',
    'logs/capd-system/capd-1/manager.log': '2026 permission denied for ***\n',
    'logs/capd-system/capd-1/manager.previous.log': '2026 permission denied for ***\n',
    'nodes.yaml': `apiVersion: v1
kind: Node
metadata:
  name: kind-control-plane
status:
  conditions:
    - type: MemoryPressure
      status: "False"
    - type: Ready
      status: Unknown
      reason: NodeStatusUnknown
`,
    'objects/clusters.cluster.x-k8s.io.yaml': `apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata:
  name: demo
  namespace: work
spec:
  controlPlaneRef:
    kind: KubeadmControlPlane
    name: demo-cp
status:
  phase: Provisioned
  conditions:
    - type: Paused
      status: "False"
      reason: NotPaused
    - type: Available
      status: "False"
      reason: NotAvailable
      message: |-
        * no
        * way
`,
    'objects/kubeadmconfigs.bootstrap.cluster.x-k8s.io.yaml': `apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: KubeadmConfig
metadata:
  name: demo-c
  namespace: work
spec:
  joinConfiguration:
    discovery:
      bootstrapToken:
        token: "***"
`,
    'objects/machines.cluster.x-k8s.io.yaml': `apiVersion: cluster.x-k8s.io/v1beta1
kind: Machine
metadata:
  name: demo-m
  namespace: work
  labels:
    cluster.x-k8s.io/cluster-name: demo
status: {}
`,
    'pods.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: capd-1
  namespace: capd-system
spec:
  containers:
    - name: manager
      args:
        - --password=***
      env:
        - name: REGISTRY_PASSWORD
          value: "***"
status:
  containerStatuses:
    - name: manager
      ready: false
      restartCount: 4
      image: i
      state:
        waiting:
          reason: CrashLoopBackOff
      lastState:
        terminated:
          exitCode: 1
          reason: Error
    - name: sidecar
      ready: false
      restartCount: 0
      image: i
      state:
        waiting:
          reason: ContainerCreating
---
apiVersion: v1
kind: Pod
metadata:
  name: dns
  namespace: kube-system
status:
  containerStatuses:
    - name: main
      ready: true
      restartCount: 0
      image: i
      state:
        running: {}
---
apiVersion: v1
kind: Pod
metadata:
  name: app
  namespace: default
status:
  containerStatuses:
    - name: main
      ready: true
      restartCount: 0
      image: i
      state:
        running: {}
`,
    'registry.log': 'listening\n',
    'workload-clusters/work/demo.txt': `Cluster work/demo, Provisioned
  ✔ Paused is False (NotPaused)
  ✖ Available is False (NotAvailable): * no * way

Machine work/demo-m
  it has no conditions
`,
  })
})

test('the index begins with what is not as it should be, and names what is not there and every file', async () => {
  await using server = await sickCluster()
  await using _docker = await machines()
  const { files: count, amiss } = await collect(server.kubeconfig)
  const text = await readFile(join(folder, 'index.md'), 'utf8')
  assert.equal(
    text
      .split('\n')
      .slice(0, 12)
      .join('\n')
      .replace(/at \S+Z/, 'at T')
      .replace(server.kube.server, 'S'),
    `# Diagnostics

Collected at T. Context fake, S, Kubernetes v1.34.4.

## Conditions that are not as they should be

\`\`\`text
Deployment capd-system/capd-controller-manager: Available is False (MinimumReplicasUnavailable): Deployment does not have minimum availability.
Cluster work/demo: Available is False (NotAvailable): * no * way
Node kind-control-plane: Ready is Unknown (NodeStatusUnknown)
\`\`\`
`,
  )
  const { Files: listed = [], ...others } = await sections()
  assert.deepEqual(others, {
    'Conditions that are not as they should be': amiss.slice(0, 3),
    'Pods that are not ready': ['Pod capd-system/capd-1: container manager exited 1, 4 times'],
    'Could not be collected': ['Nothing.'],
    'Not there': [
      'certificates.cert-manager.io: there are none',
      'journal of kubelet and containerd in demo-m: the container is exited',
      'log of container main of pod kube-system/dns: it is empty',
      'log of container sidecar of pod capd-system/capd-1: it has not started (ContainerCreating)',
      'output of the container demo-m of cluster demo: it is empty',
    ],
  })
  const { 'index.md': _, ...found } = await files()
  assert.deepEqual(
    listed.map(line => /^- \[(.*)\]\((.*)\): ./.exec(line)?.slice(1)),
    Object.keys(found).map(file => [file, file]),
  )
  assert.equal(count, listed.length)
})

test('nothing is asked for but lists and logs, Secrets and ConfigMaps never; logs are bounded', async () => {
  await using server = await sickCluster()
  await using docker = await machines()
  await collect(server.kubeconfig)
  const bounds = 'tailLines=5000&limitBytes=10485760&timestamps=true'
  assert.deepEqual(server.requests.toSorted(), [
    'GET /api/v1/events?limit=5000',
    'GET /api/v1/namespaces/capd-system/pods/capd-1/log?container=manager&previous=false&' + bounds,
    'GET /api/v1/namespaces/capd-system/pods/capd-1/log?container=manager&previous=true&' + bounds,
    'GET /api/v1/namespaces/kube-system/pods/dns/log?container=main&previous=false&' + bounds,
    'GET /api/v1/namespaces?limit=500',
    'GET /api/v1/nodes?limit=500',
    'GET /api/v1/pods?limit=500',
    'GET /apis',
    'GET /apis/apps/v1/deployments?limit=500',
    'GET /apis/bootstrap.cluster.x-k8s.io/v1beta2',
    'GET /apis/bootstrap.cluster.x-k8s.io/v1beta2/kubeadmconfigs?limit=500',
    'GET /apis/cert-manager.io/v1',
    'GET /apis/cert-manager.io/v1/certificates?limit=500',
    'GET /apis/cluster.x-k8s.io/v1beta1',
    'GET /apis/cluster.x-k8s.io/v1beta1/machines?limit=500',
    'GET /apis/cluster.x-k8s.io/v1beta2',
    'GET /apis/cluster.x-k8s.io/v1beta2/clusters?limit=500',
    'GET /apis/cluster.x-k8s.io/v1beta2/machines?limit=500',
    'GET /version',
  ])
  assert.deepEqual((await docker.calls()).slice(2).toSorted(), [
    'container logs --timestamps --tail 5000 demo-lb',
    'container logs --timestamps --tail 5000 demo-m',
    'container logs --timestamps --tail 5000 kind-control-plane',
    'container logs --timestamps --tail 5000 my-registry',
    'exec kind-control-plane journalctl --no-pager --lines 5000 --unit kubelet --unit containerd',
  ])
})

test('what fails is named with its reason and stops nothing else', async () => {
  await using server = await sickCluster({
    'GET /api/v1/pods': [{ code: 403, body: { reason: 'Forbidden', message: 'pods is forbidden' } }],
    'GET /apis/cert-manager.io/v1': [{ code: 503, body: { message: 'busy' } }],
    'GET /api/v1/events': [{ code: 200, body: { items: [] } }],
    'GET /api/v1/nodes': [{ code: 200, body: { metadata: { continue: 'more' }, items: [{ metadata: { name: 'n' } }] } }],
  })
  await using _docker = await machines({ 'exec kind-control-plane journalctl': [{ exitCode: 1, stderr: 'no journal of known-secret' }] })
  const { missing } = await collect(server.kubeconfig)
  const { 'Could not be collected': failed, Files: listed } = await sections()
  assert.deepEqual(failed, [
    'journal of kubelet and containerd in kind-control-plane: docker exec kind-control-plane journalctl --no-pager --lines 5000 --unit kubelet --unit containerd exited with code 1: no journal of ***',
    'pods: the API server answered 403 to GET /api/v1/pods: pods is forbidden',
    'the kinds of cert-manager.io/v1: the API server answered 503 to GET /apis/cert-manager.io/v1: busy',
  ])
  assert.equal(missing.filter(one => one.failed).length, 3)
  assert.ok(listed?.includes('- [nodes.yaml](nodes.yaml): 1 Node, the first of more'), listed?.join('\n'))
  assert.deepEqual(
    Object.keys(await files()).filter(file => file.startsWith('logs') || file === 'events.txt'),
    [],
  )
})

test('of a cluster that does not answer there is one line, and the machine is looked at all the same', async () => {
  await using server = await sickCluster({ 'GET /version': ['reset'] })
  await using _docker = await machines()
  const { files: count } = await collect(server.kubeconfig)
  assert.deepEqual((await sections())['Could not be collected'], [
    `the cluster of context fake: the API server ${server.kube.server} does not answer: socket hang up`,
  ])
  assert.deepEqual(server.requests, ['GET /version'])
  assert.equal(count, 4)
})

test('without a kubeconfig and without an engine there is an index that says so', async () => {
  await using _docker = await fakeDocker({ version: [{ exitCode: 1, stderr: 'Cannot connect to the Docker daemon' }] })
  const { files: count } = await collect(join(folder, 'none'))
  assert.deepEqual(await sections(), {
    'Conditions that are not as they should be': ['Nothing.'],
    'Pods that are not ready': ['Nothing.'],
    'Could not be collected': [
      `the cluster: kubeconfig ${folder}/none cannot be read: ENOENT: no such file or directory, access '${folder}/none'`,
    ],
    'Not there': ['logs of kind nodes and of the registry: docker version exited with code 1: Cannot connect to the Docker daemon'],
    Files: ['Nothing.'],
  })
  assert.equal(count, 0)
})

test('a registry that is not there is no failure, and neither is a log that is not there any more', async () => {
  const gone = [{ code: 400, body: { message: 'previous terminated container "manager" not found' } }]
  await using server = await sickCluster({ 'GET /api/v1/namespaces/capd-system/pods/capd-1/log': gone, 'GET /api/v1/nodes': listOf() })
  await using _docker = await machines()
  const { missing } = await collect(server.kubeconfig, { registry: 'other' })
  assert.deepEqual(
    missing.filter(one => one.failed),
    [],
  )
  const notThere = (await sections())['Not there']?.join('\n') ?? ''
  assert.match(notThere, /^log of the previous run of container manager of pod capd-system\/capd-1: .*not found$/m)
  assert.match(notThere, /^log of the registry container other: .*no such container$/m)
})

test('a cancelled step collects nothing more', async () => {
  await using server = await sickCluster()
  await using _docker = await machines()
  const wanted = { folder, kubeconfig: server.kubeconfig, context: undefined, registry: 'r', redact: (text: string) => text }
  await assert.rejects(collectDiagnostics(wanted, AbortSignal.abort()), { name: 'AbortError' })
  assert.deepEqual([await readdir(folder), server.requests], [[], []])
})
