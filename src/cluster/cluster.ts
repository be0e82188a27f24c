/** The management cluster of a run: a kind cluster of our own making, or one that is there already and fits. */
import { chmod } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { engineName } from '../host/container-engine.ts'
import { exec } from '../host/exec.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Recorder, Work } from '../host/work.ts'
import { hasContext, removeNodes } from './clean-up.ts'
import { CLUSTER_LABEL, differences, nodesOf, ROLE_LABEL } from './cluster-fit.ts'
import { type Container, docker, type Engine, findLabelled, requireEngine } from './engine.ts'
import { lostSocket, requireSocket } from './engine-socket.ts'
import { CERTS_DIRECTORY, type KindConfig, type KindConfigFile, mergeKindConfig } from './kind-config.ts'
import { errorLine, likelyCause } from './kind-errors.ts'
import { findNetwork, kindNetwork } from './network.ts'
import { certsDirectory } from './registry-hosts.ts'
import { rootlessMisfit } from './rootless.ts'

export interface ClusterRequest {
  /** Path of the kind binary. */
  readonly kind: string
  readonly name: string
  /** The user's kind config. */
  readonly config?: KindConfigFile | undefined
  readonly nodeImage?: string | undefined
  /** Whether every node gets the engine's socket, as CAPD needs it. */
  readonly mountEngineSocket: boolean
  /** File that gets the cluster's context; contexts that are in it stay. */
  readonly kubeconfig: string
  /** True when our own record says that we made a cluster of this name: then one that kind never finished may be thrown away. */
  readonly ours: boolean
}

export interface Cluster {
  readonly name: string
  /** In the kubeconfig, `kind-<name>`. */
  readonly context: string
  readonly kubeconfig: string
  /** Containers of the Kubernetes nodes. */
  readonly nodes: readonly string[]
  /** False when it was there before. */
  readonly made: boolean
  /** Resolves when kind has done all it does: nodes joined, network, storage class. Rejects with a Failure when it could not. */
  readonly finished: Promise<void>
}

/** In a node that `kind create cluster` has finished with, when we ran it: tells a cluster of a run that was killed from a whole one. */
const FINISHED_MARK = '/kind/finished-for-capi-actions'

/** For the API server of a cluster of ours that may just have been started again. */
const API_SECONDS = 60

/** Names of all containers of a cluster of this name: nodes that kind made, and machines that CAPD made, which look the same. */
export const clusterContainers = async (name: string, work: Work): Promise<string[]> =>
  (await findLabelled(CLUSTER_LABEL, name, work)).map(container => container.name)

/**
 * The cluster, as soon as its kubeconfig can be had: its API server may need some seconds more.
 * @throws Failure when one of this name is there and doesn't fit, naming each difference, or when kind cannot make it.
 */
export async function ensureCluster(request: ClusterRequest, record: Recorder, work: Work): Promise<Cluster> {
  const engine = await requireEngine(work)
  const misfit = rootlessMisfit(engineName(), engine.rootless)
  if (misfit) throw misfit
  if (request.mountEngineSocket) await requireSocket(engine, work)
  const config = mergeKindConfig({
    name: request.name,
    config: request.config,
    nodeImage: request.nodeImage,
    engineSocket: request.mountEngineSocket ? engine.socket : undefined,
  })
  const found = await findLabelled(CLUSTER_LABEL, request.name, work)
  if (found.length === 0) return create(config, request, record, work)
  if (request.ours && !(await isFinished(found, work))) {
    work.log(`cluster ${request.name} is thrown away: the run that made it was ended before kind had finished`)
    await removeNodes(request.name, work)
    return create(config, request, record, work)
  }
  const started = request.ours ? await startStopped(found, request.name, work) : found
  const broken = await whatStaysBroken(started, request.ours ? API_SECONDS : 0, work)
  if (broken !== undefined) throw halfMade(request, broken)
  return reuse(started, config, request, engine, record, work)
}

async function create(config: KindConfig, request: ClusterRequest, record: Recorder, work: Work): Promise<Cluster> {
  const network = kindNetwork()
  if (!(await findNetwork(network, work))) await record({ kind: 'network', name: network })
  await record({ kind: 'kind cluster', name: request.name, kubeconfig: request.kubeconfig })
  const { starting, finished } = kindCreate(config, request, work)
  const marked = finished.then(async () => {
    await docker(['exec', controlPlane(await nodesFound(request, work)), 'touch', FINISHED_MARK], work)
  })
  // Whoever waits for it is told; nobody does yet.
  marked.catch(() => {})
  const alone = config.nodes.filter(({ role }) => role === 'control-plane').length === 1
  // Others that join restart what clients of the first talk to.
  await (alone ? Promise.race([finished, starting.then(() => exportKubeconfig(request, work))]) : finished)
  return cluster(request, await nodesFound(request, work), marked)
}

const nodesFound = async ({ name }: ClusterRequest, work: Work): Promise<readonly Container[]> =>
  nodesOf(await findLabelled(CLUSTER_LABEL, name, work))

/** kind writes the kubeconfig last, but the node has it before its API server starts. */
async function exportKubeconfig({ kind, name, kubeconfig }: ClusterRequest, work: Work): Promise<void> {
  const args = ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig]
  while ((await exec(kind, args, work, { timeout: 60, allow: [1] })).exitCode !== 0) await sleep(1000, undefined, { signal: work.signal })
}

interface Creation {
  /** Resolves when kubeadm runs on the control plane. */
  readonly starting: Promise<void>
  readonly finished: Promise<void>
}

/** Without `--wait`: what comes next can begin as soon as the API server answers, and kind's wait is for control planes only and ends with exit code 0. */
function kindCreate(config: KindConfig, { kind, name, kubeconfig }: ClusterRequest, work: Work): Creation {
  const { promise: starting, resolve: started } = Promise.withResolvers<void>()
  const said: string[] = []
  const listening: Work = {
    signal: work.signal,
    waiting: work.waiting,
    log: line => {
      said.push(line)
      // ` • Preparing nodes 📦   ...`
      const step = /^ • ([ -~]+)/.exec(line)?.[1]
      if (step) work.waiting(step.trim())
      if (step?.startsWith('Starting control-plane')) started()
      work.log(line)
    },
  }
  const args = ['create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, '--config', '-']
  // Its `docker run` goes on without it: a container that nobody waits for would come after clean-up.
  const creating = exec(kind, args, listening, { input: config.text, echo: true, timeout: 900, onCancel: 'end-alone' })
  const finished = creating.then(
    () => {},
    (error: unknown) => {
      work.signal.throwIfAborted()
      throw notCreated(name, said, error)
    },
  )
  return { starting, finished }
}

function notCreated(name: string, said: readonly string[], error: unknown): Failure {
  const output = said.join('\n')
  const cause = likelyCause(output, engineName())
  return new Failure({
    what: `kind cluster ${name} could not be created`,
    why: cause?.why ?? errorLine(output) ?? messageOf(error),
    remedy: cause?.remedy,
    details: said.filter(line => line.trim() !== '').slice(-30),
    cause: error,
  })
}

/** Reads the mark by copying it, which works in a stopped node too. */
async function isFinished(found: readonly Container[], work: Work): Promise<boolean> {
  const node = found.find(isControlPlane)
  if (!node) return false
  const copied = await docker(['container', 'cp', `${node.name}:${FINISHED_MARK}`, '-'], work, { allow: [1], timeout: 60 })
  if (copied.exitCode === 0) return true
  // The engine's words, those of docker commands before 20.10, and podman's.
  if (/could not find the file|no such container:path|could not be found on container/i.test(copied.stderr)) return false
  throw new Failure({ what: `${engineName()} cannot read ${FINISHED_MARK} in ${node.name}`, why: copied.stderr.trim().split('\n').at(-1) })
}

/** Starts what a reboot, or its user, has stopped. @returns all containers as they are then. */
async function startStopped(found: readonly Container[], name: string, work: Work): Promise<readonly Container[]> {
  const stopped = found.filter(container => !container.running).map(container => container.name)
  if (stopped.length === 0) return found
  work.log(`starting ${stopped.join(', ')}`)
  await docker(['container', 'start', ...stopped], work, { timeout: 120 })
  return findLabelled(CLUSTER_LABEL, name, work)
}

/** What is broken still after `seconds`, or nothing as soon as nothing is. */
async function whatStaysBroken(found: readonly Container[], seconds: number, work: Work): Promise<string | undefined> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const broken = await whatIsBroken(found, work)
    if (broken === undefined || Date.now() >= deadline) return broken
    work.waiting(broken)
    await sleep(1000, undefined, { signal: work.signal })
  }
}

/** Why what is there is no whole cluster, or nothing if it is one. */
async function whatIsBroken(found: readonly Container[], work: Work): Promise<string | undefined> {
  const stopped = found.find(container => !container.running)
  if (stopped) return `its container ${stopped.name} is ${stopped.status}`
  const node = found.find(isControlPlane)
  if (!node) return 'it has no control plane'
  const kubectl = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', '--request-timeout', '10s']
  const getNodes = ['exec', node.name, ...kubectl, 'get', 'nodes', '--output', 'name']
  const listed = await docker(getNodes, work, { allow: [1, 126, 127], timeout: 60 })
  if (listed.exitCode !== 0) return `its API server does not answer: ${listed.stderr.trim().split('\n').at(-1) ?? ''}`
  const joined = listed.stdout.split('\n').map(line => line.replace(/^node\//, ''))
  const missing = nodesOf(found).find(container => !joined.includes(container.name))
  return missing && `its node ${missing.name} has not joined`
}

const halfMade = ({ name, ours }: ClusterRequest, why: string) =>
  new Failure({
    what: `a kind cluster ${name} is there, but it does not work`,
    why,
    remedy: `remove it: ${ours ? 'capi-actions down' : `kind delete cluster --name ${name}`}, or set another cluster-name`,
  })

async function reuse(
  found: readonly Container[],
  config: KindConfig,
  request: ClusterRequest,
  engine: Engine,
  record: Recorder,
  work: Work,
): Promise<Cluster> {
  const { kind, name, kubeconfig } = request
  const nodes = nodesOf(found)
  const unfit = differences(config.nodes, found)
  for (const node of nodes) {
    if ((await certsDirectory(node.name, work)) === undefined) unfit.push(`containerd of ${node.name} does not read ${CERTS_DIRECTORY}`)
    const lost = request.mountEngineSocket ? await lostSocket(node, engine, work) : undefined
    if (lost !== undefined) unfit.push(lost)
  }
  if (unfit.length > 0) {
    throw new Failure({
      what: `a kind cluster ${name} is there, but it is not the one that is wanted`,
      why: unfit.join('; '),
      remedy: `remove it: kind delete cluster --name ${name}, or set another cluster-name`,
    })
  }
  const context = contextOf(name)
  if (!(await hasContext(kubeconfig, context))) await record({ kind: 'context', kubeconfig, name: context })
  await exec(kind, ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig], work, { timeout: 60 })
  work.log(`kind cluster ${name} is there and fits`)
  return cluster(request, nodes)
}

/** @param finished Of one that is being made. */
async function cluster({ name, kubeconfig }: ClusterRequest, nodes: readonly Container[], finished?: Promise<void>): Promise<Cluster> {
  await chmod(kubeconfig, 0o600)
  const names = nodes.map(node => node.name).sort()
  return { name, context: contextOf(name), kubeconfig, nodes: names, made: finished !== undefined, finished: finished ?? Promise.resolve() }
}

const contextOf = (name: string): string => `kind-${name}`

const isControlPlane = ({ labels }: Container): boolean => labels[ROLE_LABEL] === 'control-plane'

function controlPlane(nodes: readonly Container[]): string {
  const node = nodes.find(isControlPlane)
  if (!node) throw new Failure({ what: 'kind made a cluster without a control plane', why: 'no container has that role' })
  return node.name
}
