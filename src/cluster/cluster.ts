/** The management cluster of a run: a kind cluster of our own making, or one that is there already and fits. */
import { chmod } from 'node:fs/promises'
import { exec } from '../host/exec.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Recorder, Work } from '../host/work.ts'
import { removeLabelled } from './clean-up.ts'
import { CLUSTER_LABEL, differences, nodesOf, ROLE_LABEL } from './cluster-fit.ts'
import { type Container, docker, findLabelled, findNetwork, kindNetwork, requireEngine } from './engine.ts'
import { CERTS_DIRECTORY, type KindConfig, type KindConfigFile, mergeKindConfig } from './kind-config.ts'
import { errorLine, likelyCause } from './kind-errors.ts'
import { certsDirectory } from './registry-hosts.ts'

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
  /** True when our own record says that we made a cluster of this name: then a half-made one may be thrown away. */
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
}

/** In a node that `kind create cluster` has finished with, when we ran it: tells a cluster of a run that was killed from a whole one. */
const FINISHED_MARK = '/kind/finished-for-capi-actions'

/**
 * The cluster, with its API server answering; its nodes need not be Ready yet.
 * @throws Failure when one of this name is there and doesn't fit, naming each difference, or when kind cannot make it.
 */
export async function ensureCluster(request: ClusterRequest, record: Recorder, work: Work): Promise<Cluster> {
  const engine = await requireEngine(work)
  const config = mergeKindConfig({
    name: request.name,
    config: request.config,
    nodeImage: request.nodeImage,
    engineSocket: request.mountEngineSocket ? engine.socket : undefined,
  })
  const found = await findLabelled(CLUSTER_LABEL, request.name, work)
  if (found.length > 0) {
    const broken = await whatIsBroken(found, request, work)
    if (broken === undefined) return reuse(found, config, request, work)
    if (!request.ours) throw halfMade(request.name, broken)
    work.log(`cluster ${request.name} of an earlier run is thrown away: ${broken}`)
    await removeLabelled(CLUSTER_LABEL, request.name, work)
  }
  return create(config, request, record, work)
}

async function create(config: KindConfig, request: ClusterRequest, record: Recorder, work: Work): Promise<Cluster> {
  const network = kindNetwork()
  if (!(await findNetwork(network, work))) await record({ kind: 'network', name: network })
  await record({ kind: 'kind cluster', name: request.name, kubeconfig: request.kubeconfig })
  await kindCreate(config, request, work)
  const nodes = nodesOf(await findLabelled(CLUSTER_LABEL, request.name, work))
  await docker(['exec', controlPlane(nodes), 'touch', FINISHED_MARK], work)
  return cluster(request, nodes, true)
}

/** Without `--wait`: what comes next can begin as soon as the API server answers, and kind's wait is for control planes only and ends with exit code 0. */
async function kindCreate(config: KindConfig, { kind, name, kubeconfig }: ClusterRequest, work: Work): Promise<void> {
  const said: string[] = []
  const listening: Work = {
    signal: work.signal,
    waiting: work.waiting,
    log: line => {
      said.push(line)
      // ` • Preparing nodes 📦   ...`
      const step = /^ • ([ -~]+)/.exec(line)?.[1]
      if (step) work.waiting(step.trim())
      work.log(line)
    },
  }
  const args = ['create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, '--config', '-']
  try {
    // Its `docker run` goes on without it: a container that nobody waits for would come after clean-up.
    await exec(kind, args, listening, { input: config.text, echo: true, timeout: 900, onCancel: 'end-alone' })
  } catch (error) {
    work.signal.throwIfAborted()
    const output = said.join('\n')
    const cause = likelyCause(output)
    throw new Failure({
      what: `kind cluster ${name} could not be created`,
      why: cause?.why ?? errorLine(output) ?? messageOf(error),
      remedy: cause?.remedy,
      details: said.filter(line => line.trim() !== '').slice(-30),
      cause: error,
    })
  }
}

/** Why what is there is no whole cluster, or nothing if it is one. */
async function whatIsBroken(found: readonly Container[], request: ClusterRequest, work: Work): Promise<string | undefined> {
  const stopped = found.find(container => !container.running)
  if (stopped) return `its container ${stopped.name} is ${stopped.status}`
  const node = found.find(container => container.labels[ROLE_LABEL] === 'control-plane')
  if (!node) return 'it has no control plane'
  const inside = (command: readonly string[]) => docker(['exec', node.name, ...command], work, { allow: [1, 126, 127], timeout: 60 })
  const kubectl = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', '--request-timeout', '10s']
  const listed = await inside([...kubectl, 'get', 'nodes', '--output', 'name'])
  if (listed.exitCode !== 0) return `its API server does not answer: ${listed.stderr.trim().split('\n').at(-1) ?? ''}`
  const joined = listed.stdout.split('\n').map(line => line.replace(/^node\//, ''))
  const missing = nodesOf(found).find(container => !joined.includes(container.name))
  if (missing) return `its node ${missing.name} has not joined`
  if (request.ours && (await inside(['test', '-e', FINISHED_MARK])).exitCode !== 0)
    return 'the run that made it was ended before kind had finished'
  return undefined
}

const halfMade = (name: string, why: string) =>
  new Failure({
    what: `a kind cluster ${name} is there, but it does not work`,
    why,
    remedy: `remove it: kind delete cluster --name ${name}, or set another cluster-name`,
  })

async function reuse(found: readonly Container[], config: KindConfig, request: ClusterRequest, work: Work): Promise<Cluster> {
  const { kind, name, kubeconfig } = request
  const nodes = nodesOf(found)
  const unfit = differences(config.nodes, found)
  for (const node of nodes) {
    if ((await certsDirectory(node.name, work)) === undefined) unfit.push(`containerd of ${node.name} does not read ${CERTS_DIRECTORY}`)
  }
  if (unfit.length > 0) {
    throw new Failure({
      what: `a kind cluster ${name} is there, but it is not the one that is wanted`,
      why: unfit.join('; '),
      remedy: `remove it: kind delete cluster --name ${name}, or set another cluster-name`,
    })
  }
  await exec(kind, ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig], work, { timeout: 60 })
  work.log(`kind cluster ${name} is there and fits`)
  return cluster(request, nodes, false)
}

async function cluster({ name, kubeconfig }: ClusterRequest, nodes: readonly Container[], made: boolean): Promise<Cluster> {
  await chmod(kubeconfig, 0o600)
  return { name, context: `kind-${name}`, kubeconfig, nodes: nodes.map(node => node.name).sort(), made }
}

function controlPlane(nodes: readonly Container[]): string {
  const node = nodes.find(({ labels }) => labels[ROLE_LABEL] === 'control-plane')
  if (!node) throw new Failure({ what: 'kind made a cluster without a control plane', why: 'no container has that role' })
  return node.name
}
