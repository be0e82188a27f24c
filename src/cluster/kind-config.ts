/**
 * The configuration that kind is given: the user's own file, kept as it is written, plus what a cluster of ours needs (containerd reads registry
 * hosts from certs.d, node images, the engine's socket). What the user has set himself is never changed. Pure.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { Failure } from '../host/failure.ts'
import { nearest } from '../host/nearest.ts'
import { findMisfit } from './kind-fields.ts'

export interface KindConfigFile {
  readonly text: string
  /** As errors name it. */
  readonly file: string
}

export interface WantedCluster {
  readonly name: string
  readonly config?: KindConfigFile | undefined
  /** For every node without an image of its own. */
  readonly nodeImage?: string | undefined
  /** Host path of the engine's socket, to be mounted at /var/run/docker.sock on every node. */
  readonly engineSocket?: string | undefined
}

/** A node as the configuration asks for it, under the name of the container that kind makes of it. */
export interface WantedNode {
  readonly container: string
  readonly role: string
  /** Nothing where kind's own default will do. */
  readonly image: string | undefined
  readonly mounts: readonly { readonly hostPath: string; readonly containerPath: string }[]
  /** `hostPort` 0 or below is one that is picked at run time. */
  readonly ports: readonly { readonly containerPort: number; readonly hostPort: number }[]
}

export interface KindConfig {
  /** For `kind create cluster --config -`. */
  readonly text: string
  readonly nodes: readonly WantedNode[]
}

/** Where a node's containerd reads what it should do for a registry. */
export const CERTS_DIRECTORY = '/etc/containerd/certs.d'
export const ENGINE_SOCKET = '/var/run/docker.sock'

/**
 * containerd 1.x has the key under the CRI plugin, containerd 2.x under the images plugin, and each lets the other's be (1.6.20: plugins that are
 * not registered are not decoded, services/server/config; 2.2.1: "Ignoring unknown key in TOML for plugin", and a version 2 file's old key is
 * migrated, plugins/cri/images). There is no `version` line, as an older kind would write it into the node's file. kind v0.32.0's node images have
 * a version 2 file in which neither key is set, and containerd 2.2 is the first whose default is certs.d.
 */
const CERTS_PATCH = `[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "${CERTS_DIRECTORY}"
[plugins."io.containerd.cri.v1.images".registry]
  config_path = "${CERTS_DIRECTORY}"
`

/**
 * What a control plane of tests needs not be: sparing with its own API server, which costs the start of its 40 controllers 5 s at 20 requests a second,
 * and one of several, for which a single one waits 3 s until it has the lease (measured; minikube elects no leader either). `kubeadm.k8s.io/v1beta3`
 * is what kind writes for Kubernetes v1.23 to v1.35, v1beta4 what it writes after that (v0.32.0, kubeadm/config.go); a patch of another version is not used.
 */
function kubeadmPatches(controlPlanes: number): string[] {
  const alone = controlPlanes === 1 ? { 'leader-elect': 'false' } : {}
  const components = {
    controllerManager: { 'kube-api-qps': '200', 'kube-api-burst': '400', ...alone },
    ...(controlPlanes === 1 && { scheduler: alone }),
  }
  const patch = (version: string, extraArgs: (args: Record<string, string>) => unknown) =>
    JSON.stringify({
      apiVersion: `kubeadm.k8s.io/${version}`,
      kind: 'ClusterConfiguration',
      ...Object.fromEntries(Object.entries(components).map(([name, args]) => [name, { extraArgs: extraArgs(args) }])),
    })
  return [patch('v1beta3', args => args), patch('v1beta4', args => Object.entries(args).map(([name, value]) => ({ name, value })))]
}

const HEAD = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n'

/**
 * Merges the user's file with what we need.
 * @throws Failure with file:line:column for what kind would not accept, and for what cannot work with a local registry.
 */
export function mergeKindConfig(wanted: WantedCluster): KindConfig {
  const { document, root, fail } = openConfig(wanted.config ?? { text: HEAD, file: 'kind config' })
  checkName(root, wanted.name, fail)
  checkMirrors(document, fail)
  addToList(document, root, 'containerdConfigPatches', CERTS_PATCH)
  if (items(document, root, 'nodes').length === 0) addToList(document, root, 'nodes', { role: 'control-plane' })
  const nodes = items(document, root, 'nodes').filter(isMap)
  const controlPlanes = nodes.filter(node => (effective(document, node, 'role') || 'control-plane') === 'control-plane')
  for (const patch of kubeadmPatches(controlPlanes.length).toReversed()) addToList(document, root, 'kubeadmConfigPatches', patch)
  for (const node of nodes) {
    checkRole(node, fail)
    if (wanted.nodeImage && !effective(document, node, 'image')) node.set('image', wanted.nodeImage)
    if (wanted.engineSocket && !hasEngineSocket(document, node)) {
      addToList(document, node, 'extraMounts', { hostPath: wanted.engineSocket, containerPath: ENGINE_SOCKET })
    }
  }
  return { text: document.toString({ lineWidth: 0 }), nodes: wantedNodes(wanted.name, document) }
}

type Fail = (node: unknown, text: { what: string; why?: string | undefined; remedy?: string | undefined }) => never

/**
 * Reads the file so that it can be written again as it was: under YAML's failsafe schema every scalar is its own text, so `0644` or `yes` as a
 * label stays what kind's parser would have read.
 */
function openConfig({ text, file }: KindConfigFile): { document: Document; root: YAMLMap; fail: Fail } {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', merge: true, lineCounter: lines, prettyErrors: false })
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}:${lines.linePos(offset).col}`
  const broken = document.errors[0]
  if (broken) throw new Failure({ what: `${file} is not valid YAML`, why: broken.message, where: at(broken.pos[0]), cause: broken })
  const fail: Fail = (node, said) => {
    throw new Failure({ ...said, where: at(isScalar(node) || isMap(node) || isSeq(node) ? (node.range?.[0] ?? 0) : 0) })
  }
  const root: unknown = document.contents
  if (!isMap(root)) return fail(root, { what: `${file} is not a kind config`, why: 'it has no fields', remedy: `begin it with:\n${HEAD}` })
  for (const [field, value] of [['apiVersion', 'kind.x-k8s.io/v1alpha4'] as const, ['kind', 'Cluster'] as const]) {
    const found = root.get(field)
    if (found === value) continue
    const why = found ? `its ${field} is ${String(found)}` : `it has no ${field}`
    fail(root.get(field, true) ?? root, { what: `${file} is not a kind config`, why, remedy: `write ${field}: ${value}` })
  }
  const misfit = findMisfit(document)
  if (misfit) fail(misfit.node, { what: `${file} is not a kind config`, why: misfit.why, remedy: misfit.remedy })
  return { document, root, fail }
}

function checkName(root: YAMLMap, name: string, fail: Fail): void {
  const found = root.get('name')
  if (!found || found === name) return
  fail(root.get('name', true), {
    what: `the kind config names its cluster ${String(found)}`,
    why: `the cluster to be made is ${name}`,
    remedy: `set cluster-name to ${String(found)}, or remove name from the file`,
  })
}

function checkRole(node: YAMLMap, fail: Fail): void {
  const role = node.get('role')
  if (!role || role === 'control-plane' || role === 'worker') return
  const meant = nearest(String(role), ['control-plane', 'worker'])
  fail(node.get('role', true), {
    what: `the kind config has a node of role ${String(role)}`,
    why: 'a role is control-plane or worker',
    remedy: meant && `did you mean ${meant}?`,
  })
}

/** With both, containerd's CRI plugin doesn't load ("`mirrors` cannot be set when `config_path` is provided"), and all that is seen is a node that never boots. */
function checkMirrors(document: Document, fail: Fail): void {
  for (const patch of items(document, document.contents, 'containerdConfigPatches')) {
    if (!isScalar(patch) || !/\bregistry"?\s*\.\s*"?mirrors\b|^\s*mirrors\b/m.test(String(patch.value))) continue
    fail(patch, {
      what: 'a containerdConfigPatch of the kind config sets registry mirrors',
      why: 'containerd refuses mirrors beside config_path, which the local registry needs',
      remedy: 'remove them from the file and set image-mirrors',
    })
  }
}

/** The nodes of the list under `field` of `map`, aliases followed. */
function items(document: Document, map: unknown, field: string): unknown[] {
  const list = isMap(map) ? followed(document, map.get(field, true)) : undefined
  return isSeq(list) ? list.items.map(item => followed(document, item)) : []
}

const followed = (document: Document, value: unknown): unknown => (isAlias(value) ? value.resolve(document) : value)

/** What `field` of `map` comes to when merge keys (`<<`) are followed too. */
const effective = (document: Document, map: YAMLMap, field: string): unknown => fieldsOf(map.toJS(document))[field]

/** Puts `value` first in the list under `field`: kind applies patches in order, so what the user has set there stands. */
function addToList(document: Document, map: YAMLMap, field: string, value: unknown): void {
  const own = followed(document, map.get(field, true))
  if (isSeq(own)) own.items.unshift(document.createNode(value))
  else map.set(field, document.createNode([value, ...listOf(effective(document, map, field))]))
}

/** /var/run is a link to /run in a node. */
const hasEngineSocket = (document: Document, node: YAMLMap): boolean =>
  listOf(effective(document, node, 'extraMounts')).some(mount =>
    /^(\/var)?\/run\/docker\.sock$/.test(String(fieldsOf(mount).containerPath)),
  )

/** Kind's container names: `<cluster>-<role>`, numbered from the second of a role on (kind, common.MakeNodeNamer). */
function wantedNodes(cluster: string, document: Document): WantedNode[] {
  const counts = new Map<string, number>()
  return listOf(fieldsOf(document.toJS()).nodes).map(item => {
    const node = fieldsOf(item)
    const role = String(node.role || 'control-plane')
    const count = (counts.get(role) ?? 0) + 1
    counts.set(role, count)
    return {
      container: `${cluster}-${role}${count > 1 ? count : ''}`,
      role,
      image: node.image ? String(node.image) : undefined,
      mounts: listOf(node.extraMounts)
        .map(fieldsOf)
        .map(mount => ({ hostPath: String(mount.hostPath ?? ''), containerPath: String(mount.containerPath ?? '') })),
      ports: listOf(node.extraPortMappings)
        .map(fieldsOf)
        .map(port => ({ containerPort: Number(port.containerPort ?? 0), hostPort: Number(port.hostPort ?? 0) })),
    }
  })
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const fieldsOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? { ...value } : {})
