/** The management cluster and its registry: made at the same time, then joined, then proven. */
import { type Cluster, ensureCluster } from '../cluster/cluster.ts'
import { type Engine, requireEngine } from '../cluster/engine.ts'
import { mergeKindConfig } from '../cluster/kind-config.ts'
import { registryHosting } from '../cluster/registry.ts'
import { connectRegistry, connectTrusted } from '../cluster/registry-hosts.ts'
import { chooseEngine } from '../host/engine-choice.ts'
import type { Recorder } from '../host/work.ts'
import { applyAll } from '../kube/apply.ts'
import { apiServerAnswers, daemonSetReady, deploymentAvailable, nodesReady } from '../kube/checks.ts'
import { connect, type Kube, notingNew } from '../kube/connect.ts'
import { waitFor } from '../kube/wait.ts'
import { providerNames } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import { type Caching, noCaching } from './cache-tasks.ts'
import { nodeImageCaching } from './node-image-tasks.ts'
import { type ImageRegistry, loadingTask, localRegistryTask, remoteRegistryTask, trusted } from './registry-tasks.ts'
import { check, type Task, task } from './task.ts'
import type { ToolTasks } from './tool-tasks.ts'
import { isBuilding, type Wanted } from './wanted.ts'

export interface ManagementCluster extends Cluster {
  readonly kube: Kube
}

export interface ClusterTasks {
  /** Its API server answers from here on. */
  readonly cluster: Task<ManagementCluster>
  /** Its nodes have joined, and have a network. */
  readonly finished: Task
  readonly registry: Task<ImageRegistry>
  /** Nodes pull from the registry and through the mirrors from here on. */
  readonly connected: Task
  /** Pods reach Services, the API server's among them, from here on. */
  readonly services: Task
  readonly nodes: Task
  readonly caching: Caching
}

/** Cluster API's own docker provider makes machines that are containers beside the nodes, by the engine's socket in its node. */
export const mountsEngineSocket = ({ providers }: Pick<Settings, 'providers'>): boolean =>
  providerNames(providers).some(name => name === 'docker' || name === 'infrastructure-docker')

/** @param first What must hold before anything is made on this machine, such as templates without missing variables. */
export function clusterTasks(wanted: Wanted, tools: ToolTasks, first: readonly Task[]): ClusterTasks {
  const { settings, record, clusterIsOurs, cache } = wanted
  const { clusterName: name, kubeconfigFile, kindConfig, nodeImage, timeout } = settings

  const judged =
    kindConfig === undefined
      ? []
      : [check('kind config', `Reads ${kindConfig.file}.`, async () => mergeKindConfig({ name, config: kindConfig }))]
  const engine = engineTask(settings, [...first, ...judged])
  const image = nodeImageCaching({ settings, cache }, engine)
  const ready = [engine, tools.kind, ...(image.name ? [image.name] : [])]
  const cluster = task('cluster', `Makes the kind cluster ${name} of ${nodeImage}.`, ready, async work => {
    const called = image.name ? work.of(image.name) : nodeImage
    const request = {
      kind: work.of(tools.kind).path,
      name,
      config: kindConfig,
      nodeImage: called,
      mountEngineSocket: mountsEngineSocket(settings),
      kubeconfig: kubeconfigFile,
    }
    const made = await ensureCluster({ ...request, ours: clusterIsOurs }, record, work)
    if (!made.made) work.unchanged(`${name} is there and fits`)
    const connected = await connect(made.kubeconfig, made.context)
    const kube = made.made || clusterIsOurs ? connected : recordingNew(connected, made, record)
    await Promise.race([made.finished, waitFor([apiServerAnswers], kube, { timeout, subject: `cluster ${name}` }, work)])
    return { ...made, kube }
  })
  const remote = settings.registry
  const registry =
    settings.imageDelivery === 'load'
      ? loadingTask(settings, tools.kind, cluster)
      : remote === undefined
        ? localRegistryTask(settings, record, engine)
        : remoteRegistryTask(remote, settings)
  const finished = task(
    'cluster finished',
    'Waits until kind has done the rest: nodes joined, network, storage class.',
    [cluster],
    async work => {
      await work.of(cluster).finished
    },
  )
  const connected = connectedTask(wanted, registry, cluster)
  // A pod that starts before kube-proxy has written its rules doesn't reach the API server: it crashes, and comes back after 10 s and more (seen).
  const services = task('services', 'Waits until kube-proxy, where there is one, runs on every node.', [cluster], async work => {
    const { kube, nodes, finished } = work.of(cluster)
    let whole = false
    // What it rejects with is the failure of the task that waits for it.
    finished.then(
      () => {
        whole = true
      },
      () => {},
    )
    await waitFor(
      [daemonSetReady('kube-system', 'kube-proxy', nodes.length, () => whole)],
      kube,
      { timeout, subject: `cluster ${name}` },
      work,
    )
  })
  const nodes = task('nodes ready', 'Waits until every node is Ready and CoreDNS is Available.', [finished, cluster], async work => {
    const { kube, nodes } = work.of(cluster)
    const checks = [nodesReady(nodes.length), deploymentAvailable('kube-system', 'coredns')]
    await waitFor(checks, kube, { timeout, subject: `cluster ${name}` }, work)
  })
  return { cluster, finished, registry, connected, services, nodes, caching: image.caching(finished) }
}

const engineTask = ({ engine: said }: Settings, needs: readonly Task[]): Task<Engine> =>
  task('engine', 'Asks whether a container engine answers, docker or podman.', needs, async work => {
    await chooseEngine(said, work)
    return requireEngine(work)
  })

/** What is made in a cluster that is not ours is taken back out of it: one that is ours goes as a whole. */
const recordingNew = (kube: Kube, { kubeconfig, context }: Pick<Cluster, 'kubeconfig' | 'context'>, record: Recorder): Kube =>
  notingNew(kube, objects => record({ kind: 'objects', kubeconfig, context, objects }))

function connectedTask(wanted: Wanted, registry: Task<ImageRegistry>, cluster: Task<ManagementCluster>): Task {
  const { settings, record } = wanted
  const docs = 'Tells every node how to reach the registry and the image mirrors.'
  const isUsed = isBuilding(wanted) || settings.registry !== undefined
  return task('registry connected', docs, [...(isUsed ? [registry] : []), cluster], async work => {
    const { kube, nodes } = work.of(cluster)
    const to = isUsed && settings.imageDelivery === 'registry' ? work.of(registry) : undefined
    if (to !== undefined && to.local === undefined)
      return connectTrusted({ nodes }, trusted(to.address, settings.registryCa), settings.imageMirrors, work)
    await Promise.all([
      connectRegistry({ nodes }, to?.local, settings.imageMirrors, record, work),
      ...(to?.local === undefined ? [] : [applyAll(kube, [registryHosting(to.local)], {}, work)]),
    ])
  })
}

/** The cluster that a run would go on with, asked and not changed. */
export function existingCluster(wanted: Wanted, first: readonly Task[] = []): ClusterTasks {
  const { settings } = wanted
  if (settings.kubeconfig !== undefined) return foreignCluster(wanted, first)
  const ours = { ...settings, kubeconfig: settings.kubeconfigFile, context: `kind-${settings.clusterName}` }
  return foreignCluster({ ...wanted, settings: ours }, first)
}

/**
 * A cluster that somebody else has made, by its kubeconfig: nothing of it is changed but by what is applied.
 * @param first What must hold before it is asked.
 */
export function foreignCluster({ settings, record }: Wanted, first: readonly Task[] = []): ClusterTasks {
  const { kubeconfig = '', context, timeout, allowedContexts: contexts, sources } = settings
  // Who names a kubeconfig means it; the list is a guard for those who have one.
  const allowed = sources.allowedContexts.kind === 'default' ? undefined : { contexts, where: sources.allowedContexts.where }
  const engine = engineTask(settings, [])
  const remote = settings.registry
  const cluster = task('cluster', `Connects to the cluster of ${kubeconfig}.`, first, async work => {
    const connected = await connect(kubeconfig, context, allowed)
    const kube = recordingNew(connected, { kubeconfig, context: connected.context }, record)
    await waitFor([apiServerAnswers], kube, { timeout, subject: `cluster ${kube.context}` }, work)
    work.unchanged(`${kube.context} is there`)
    return { name: kube.context, context: kube.context, kubeconfig, nodes: [], made: false, finished: Promise.resolve(), kube }
  })
  return {
    cluster,
    registry: remote === undefined ? localRegistryTask(settings, record, engine) : remoteRegistryTask(remote, settings),
    finished: cluster,
    connected: cluster,
    services: cluster,
    nodes: cluster,
    caching: noCaching,
  }
}
