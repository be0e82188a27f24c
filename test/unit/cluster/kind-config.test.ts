import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { mergeKindConfig, type WantedCluster } from '../../../src/cluster/kind-config.ts'
import { refusal } from '../refusal.ts'

const head = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n'
const merge = (text: string, wanted: Partial<WantedCluster> = {}) =>
  mergeKindConfig({ name: 'capi-test', config: { text: head + text, file: 'kind.yaml' }, ...wanted })
const merged = (text: string, wanted?: Partial<WantedCluster>) => parse(merge(text, wanted).text)

/** What the failure of merging `text` says: what, why, remedy, where. */
function refusedConfig(text: string): (string | undefined)[] {
  const error = refusal(() => mergeKindConfig({ name: 'capi-test', config: { text, file: 'kind.yaml' } }))
  return [error.what, error.why, error.remedy, ...error.where]
}

test('without a file the cluster is one control plane whose containerd reads certs.d', () => {
  const { text, nodes } = mergeKindConfig({ name: 'capi-test' })
  const config = parse(text)
  assert.equal(config.apiVersion, 'kind.x-k8s.io/v1alpha4')
  assert.deepEqual(config.nodes, [{ role: 'control-plane' }])
  assert.match(
    config.containerdConfigPatches[0],
    /io\.containerd\.grpc\.v1\.cri"\.registry\]\n {2}config_path = "\/etc\/containerd\/certs\.d"/,
  )
  assert.match(
    config.containerdConfigPatches[0],
    /io\.containerd\.cri\.v1\.images"\.registry\]\n {2}config_path = "\/etc\/containerd\/certs\.d"/,
  )
  assert.deepEqual(nodes, [{ container: 'capi-test-control-plane', role: 'control-plane', image: undefined, mounts: [], ports: [] }])
})

test('our containerd patch comes before those of the user, so that the value of the user wins', () => {
  const patches = merged('containerdConfigPatches: [one, two]').containerdConfigPatches
  assert.equal(patches.length, 3)
  assert.deepEqual(patches.slice(1), ['one', 'two'])
})

const extraArgs = (patch: string, component: string) => parse(patch)[component]?.extraArgs

test('the controller manager may ask as often as it likes, and a control plane that is alone elects no leader', () => {
  const [v1beta3, v1beta4] = merged('').kubeadmConfigPatches
  assert.deepEqual([parse(v1beta3).apiVersion, parse(v1beta4).apiVersion], ['kubeadm.k8s.io/v1beta3', 'kubeadm.k8s.io/v1beta4'])
  assert.deepEqual(extraArgs(v1beta3, 'controllerManager'), { 'kube-api-qps': '200', 'kube-api-burst': '400', 'leader-elect': 'false' })
  assert.deepEqual(extraArgs(v1beta3, 'scheduler'), { 'leader-elect': 'false' })
  assert.deepEqual(extraArgs(v1beta4, 'scheduler'), [{ name: 'leader-elect', value: 'false' }])
})

test('several control planes elect their leaders', () => {
  const [v1beta3] = merged('nodes: [{role: control-plane}, {}, {role: worker}]').kubeadmConfigPatches
  assert.deepEqual(extraArgs(v1beta3, 'controllerManager'), { 'kube-api-qps': '200', 'kube-api-burst': '400' })
  assert.equal(parse(v1beta3).scheduler, undefined)
})

test('our kubeadm patches come before those of the user', () => {
  assert.deepEqual(merged('kubeadmConfigPatches: [mine]').kubeadmConfigPatches.slice(2), ['mine'])
})

test('a node image is set where a node has none, and only there', () => {
  const { nodes } = merged('nodes: [{role: control-plane}, {role: worker, image: "mine:1"}, {role: worker, image: }]', {
    nodeImage: 'kindest/node:v1.34.4',
  })
  assert.deepEqual(
    nodes.map((node: { image: string }) => node.image),
    ['kindest/node:v1.34.4', 'mine:1', 'kindest/node:v1.34.4'],
  )
})

test('the socket is mounted on every node that has not mounted it yet', () => {
  const text =
    'nodes:\n- role: control-plane\n  extraMounts: [{hostPath: /own.sock, containerPath: /run/docker.sock}]\n- role: worker\n  extraMounts: [{hostPath: /a, containerPath: /b}]\n'
  const { nodes } = merged(text, { engineSocket: '/run/user/1000/docker.sock' })
  assert.deepEqual(nodes[0].extraMounts, [{ hostPath: '/own.sock', containerPath: '/run/docker.sock' }])
  assert.deepEqual(nodes[1].extraMounts, [
    { hostPath: '/run/user/1000/docker.sock', containerPath: '/var/run/docker.sock' },
    { hostPath: '/a', containerPath: '/b' },
  ])
})

test('what the user wrote stays as it was written: comments, text that looks like numbers, port mappings', () => {
  const text =
    '# mine\nnodes:\n  - role: control-plane\n    labels: { octal: 0644, yes: yes, quoted: "1" }\n    extraPortMappings:\n      - containerPort: 80\n        hostPort: 8080\n'
  const { text: result, nodes } = merge(text)
  for (const line of ['# mine', 'octal: 0644', 'yes: yes', 'quoted: "1"', 'containerPort: 80', 'hostPort: 8080'])
    assert.ok(result.includes(line), line)
  assert.deepEqual(nodes[0]?.ports, [{ containerPort: 80, hostPort: 8080 }])
})

test('anchors and merge keys are followed, and mounts that come by them are kept', () => {
  const text =
    'nodes:\n- &one\n  role: worker\n  extraMounts: [{hostPath: /a, containerPath: /a}]\n- <<: *one\n  role: control-plane\n- *one\n'
  const { nodes } = merge(text, { engineSocket: '/s' })
  assert.deepEqual(
    nodes.map(node => [node.container, node.mounts.map(mount => mount.containerPath)]),
    [
      ['capi-test-worker', ['/var/run/docker.sock', '/a']],
      ['capi-test-control-plane', ['/var/run/docker.sock', '/a']],
      ['capi-test-worker2', ['/var/run/docker.sock', '/a']],
    ],
  )
})

test('the name in the file may be the one that is asked for', () => {
  assert.equal(merged('name: capi-test').name, 'capi-test')
})

const refusals: [title: string, text: string, said: (string | undefined)[]][] = [
  [
    'another name than the one asked for is refused',
    `${head}name: other\n`,
    [
      'the kind config names its cluster other',
      'the cluster to be made is capi-test',
      'set cluster-name to other, or remove name from the file',
      'kind.yaml:3:7',
    ],
  ],
  [
    'an unknown field of the cluster is refused with the nearest name',
    `${head}node: []\n`,
    ['kind.yaml is not a kind config', 'the config has no field node', 'did you mean nodes?', 'kind.yaml:3:1'],
  ],
  [
    'an unknown field of a node is refused with the nearest name',
    `${head}nodes:\n- role: worker\n  extraMount: []\n`,
    ['kind.yaml is not a kind config', 'nodes[0] has no field extraMount', 'did you mean extraMounts?', 'kind.yaml:5:3'],
  ],
  [
    'a field that is like no other is refused with all there are',
    `${head}networking: {frobnicate: 1}\n`,
    [
      'kind.yaml is not a kind config',
      'networking has no field frobnicate',
      'its fields are ipFamily, apiServerPort, apiServerAddress, podSubnet, serviceSubnet, disableDefaultCNI, kubeProxyMode, dnsSearch',
      'kind.yaml:3:14',
    ],
  ],
  [
    'a list where fields belong is refused',
    `${head}networking: []\n`,
    ['kind.yaml is not a kind config', 'networking is a list, not a set of fields', undefined, 'kind.yaml:3:13'],
  ],
  [
    'an unknown role is refused',
    `${head}nodes: [{role: control-plan}]\n`,
    [
      'the kind config has a node of role control-plan',
      'a role is control-plane or worker',
      'did you mean control-plane?',
      'kind.yaml:3:16',
    ],
  ],
  [
    'another API version is refused',
    'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha3\n',
    [
      'kind.yaml is not a kind config',
      'its apiVersion is kind.x-k8s.io/v1alpha3',
      'write apiVersion: kind.x-k8s.io/v1alpha4',
      'kind.yaml:2:13',
    ],
  ],
  ['an empty file is refused', '', ['kind.yaml is not a kind config', 'it has no fields', `begin it with:\n${head}`, 'kind.yaml:1:1']],
  [
    'registry mirrors, which would keep containerd from starting, are refused',
    `${head}containerdConfigPatches:\n- |\n  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n    endpoint = ["http://m"]\n`,
    [
      'a containerdConfigPatch of the kind config sets registry mirrors',
      'containerd refuses mirrors beside config_path, which the local registry needs',
      'remove them from the file and set image-mirrors',
      'kind.yaml:4:3',
    ],
  ],
]

for (const [title, text, said] of refusals) test(title, () => assert.deepEqual(refusedConfig(text), said))

test('broken YAML is refused with its place', () => {
  const [what, why, , where] = refusedConfig(`${head}nodes: [\n`)
  assert.equal(what, 'kind.yaml is not valid YAML')
  assert.match(why ?? '', /flow sequence/i)
  assert.equal(where, 'kind.yaml:4:1')
})

test('a duplicate field is refused with its place', () => {
  const [what, , , where] = refusedConfig(`${head}nodes: []\nnodes: []\n`)
  assert.equal(what, 'kind.yaml is not valid YAML')
  assert.equal(where, 'kind.yaml:4:1')
})
