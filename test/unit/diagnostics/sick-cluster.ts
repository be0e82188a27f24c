/** A management cluster in which a manager crashes, as its API server tells it, and the kind node that it runs on. */
import { type Reply as DockerReply, fakeDocker } from '../cluster/fake-docker.ts'
import { type FakeApiServer, fakeApiServer, type Reply } from '../kube/fake-api-server.ts'

export const ok = (body: unknown): Reply[] => [{ code: 200, body }]
export const listOf = (...items: unknown[]): Reply[] => ok({ metadata: {}, items })
export const logOf = (text: string): Reply[] => ok(text)
const resources = (...found: [plural: string, kind: string][]): Reply[] =>
  ok({
    resources: found.flatMap(([name, kind]) => [
      { name, kind, namespaced: true },
      { name: `${name}/status`, kind, namespaced: true },
    ]),
  })
const group = (name: string, ...versions: string[]) => ({
  name,
  versions: versions.map(version => ({ groupVersion: `${name}/${version}` })),
})
const condition = (type: string, status: string, reason?: string, message?: string) => ({ type, status, reason, message })

const node = {
  metadata: { name: 'kind-control-plane', managedFields: [{ manager: 'kubelet' }] },
  status: { conditions: [condition('MemoryPressure', 'False'), condition('Ready', 'Unknown', 'NodeStatusUnknown')] },
}
const namespaces = [
  { metadata: { name: 'default' } },
  { metadata: { name: 'capi-system', labels: { 'cluster.x-k8s.io/provider': 'cluster-api' } } },
]
const deployment = {
  metadata: {
    name: 'capd-controller-manager',
    namespace: 'capd-system',
    labels: { 'cluster.x-k8s.io/provider': 'infrastructure-docker' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"value":"hunter22"}', note: 'kept' },
  },
  status: { conditions: [condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.')] },
}
const crashing = {
  metadata: { name: 'capd-1', namespace: 'capd-system', managedFields: [{ manager: 'kubelet' }] },
  spec: { containers: [{ name: 'manager', args: ['--password=hunter22'], env: [{ name: 'REGISTRY_PASSWORD', value: 'hunter22' }] }] },
  status: {
    containerStatuses: [
      {
        name: 'manager',
        ready: false,
        restartCount: 4,
        image: 'i',
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error' } },
      },
      { name: 'sidecar', ready: false, restartCount: 0, image: 'i', state: { waiting: { reason: 'ContainerCreating' } } },
    ],
  },
}
const running = (name: string, namespace: string) => ({
  metadata: { name, namespace },
  status: { containerStatuses: [{ name: 'main', ready: true, restartCount: 0, image: 'i', state: { running: {} } }] },
})
const cluster = {
  metadata: { name: 'demo', namespace: 'work' },
  spec: { controlPlaneRef: { kind: 'KubeadmControlPlane', name: 'demo-cp' } },
  status: {
    phase: 'Provisioned',
    conditions: [condition('Paused', 'False', 'NotPaused'), condition('Available', 'False', 'NotAvailable', '* no\n* way')],
  },
}
const machine = { metadata: { name: 'demo-m', namespace: 'work', labels: { 'cluster.x-k8s.io/cluster-name': 'demo' } }, status: {} }
const config = {
  metadata: { name: 'demo-c', namespace: 'work' },
  spec: { joinConfiguration: { discovery: { bootstrapToken: { token: 'abcdef.0123456789abcdef' } } } },
}
const events = [
  {
    metadata: { name: 'b', namespace: 'capd-system' },
    type: 'Warning',
    involvedObject: { kind: 'Pod', namespace: 'capd-system', name: 'capd-1' },
    reason: 'BackOff',
    message: 'Back-off restarting\nwith known-secret',
    count: 3,
    lastTimestamp: '2026-01-01T00:00:02Z',
  },
  {
    metadata: { name: 'a', namespace: 'default' },
    involvedObject: { kind: 'Node', name: 'kind-control-plane' },
    reason: 'Starting',
    eventTime: '2026-01-01T00:00:01Z',
  },
]

const log = (namespace: string, pod: string) => `GET /api/v1/namespaces/${namespace}/pods/${pod}/log`

const answers: Readonly<Record<string, readonly Reply[]>> = {
  'GET /version': ok({ gitVersion: 'v1.34.4' }),
  'GET /api/v1/nodes': listOf(node),
  'GET /api/v1/namespaces': listOf(...namespaces),
  'GET /api/v1/pods': listOf(crashing, running('dns', 'kube-system'), running('app', 'default')),
  'GET /api/v1/events': listOf(...events),
  'GET /apis/apps/v1/deployments': listOf(deployment),
  'GET /apis': ok({
    groups: [
      group('apps', 'v1'),
      group('cluster.x-k8s.io', 'v1beta2', 'v1beta1'),
      group('bootstrap.cluster.x-k8s.io', 'v1beta2'),
      group('cert-manager.io', 'v1'),
      group('not-cluster.x-k8s.io.example', 'v1'),
    ],
  }),
  'GET /apis/cluster.x-k8s.io/v1beta2': resources(['clusters', 'Cluster'], ['machines', 'Machine']),
  'GET /apis/cluster.x-k8s.io/v1beta1': resources(['clusters', 'Cluster'], ['machines', 'Machine']),
  'GET /apis/bootstrap.cluster.x-k8s.io/v1beta2': resources(['kubeadmconfigs', 'KubeadmConfig']),
  'GET /apis/cert-manager.io/v1': resources(['certificates', 'Certificate']),
  'GET /apis/cluster.x-k8s.io/v1beta2/clusters': listOf(cluster),
  'GET /apis/cluster.x-k8s.io/v1beta2/machines': [{ code: 500, body: { message: 'conversion webhook for Machine failed: refused' } }],
  'GET /apis/cluster.x-k8s.io/v1beta1/machines': listOf(machine),
  'GET /apis/bootstrap.cluster.x-k8s.io/v1beta2/kubeadmconfigs': listOf(config),
  'GET /apis/cert-manager.io/v1/certificates': listOf(),
  [log('capd-system', 'capd-1')]: logOf('2026 permission denied for known-secret\n'),
  [log('kube-system', 'dns')]: logOf(''),
}

/** With these answers in place of its own. */
export const sickCluster = (others: Readonly<Record<string, readonly Reply[]>> = {}): Promise<FakeApiServer> =>
  fakeApiServer({ ...answers, ...others })

/** Its kind node, and what CAPD has made; with these answers in place of its own. */
export const machines = (others: Readonly<Record<string, readonly DockerReply[]>> = {}) =>
  fakeDocker({
    version: [{ stdout: '28.0.0\n' }],
    'container ls': [
      {
        stdout:
          'kind-control-plane\trunning\tkind\tcontrol-plane\ndemo-m\texited\tdemo\tworker\ndemo-lb\trunning\tdemo\texternal-load-balancer\n',
      },
    ],
    'container logs --timestamps --tail 5000 kind-control-plane': [{ stdout: 'Welcome to Debian\n' }],
    'container logs --timestamps --tail 5000 demo-m': [{}],
    'container logs --timestamps --tail 5000 demo-lb': [{ stderr: 'proxy known-secret\n' }],
    'container logs --timestamps --tail 5000 my-registry': [{ stdout: 'listening\n' }],
    'exec kind-control-plane journalctl': [{ stdout: 'kubelet: hello\n' }],
    ...others,
  })
