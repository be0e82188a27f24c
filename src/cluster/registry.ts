/** The local image registry: one container, published on this machine's loopback address only, and known to the nodes by its container name. */
import { setTimeout as sleep } from 'node:timers/promises'
import { engineName } from '../host/container-engine.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Recorder, Work } from '../host/work.ts'
import type { KubeObject } from '../manifests/object.ts'
import { type Container, docker, findContainer, withRegistry } from './engine.ts'
import { isPortFree, whatUses } from './port-in-use.ts'

export interface WantedRegistry {
  /** Of the container. */
  readonly name: string
  /** On 127.0.0.1. */
  readonly port: number
  /** Any distribution registry that listens on port 5000, as `registry:3` does. */
  readonly image: string
  /** The management cluster it is made for. */
  readonly cluster: string
}

export interface Registry {
  /** The host part of image references, the same on this machine and in nodes: `localhost:5000`. */
  readonly address: string
  readonly container: string
  /** Where nodes reach it: `http://kind-registry:5000`. */
  readonly inCluster: string
  /** False when it was there before. */
  readonly made: boolean
}

/** On each container that we start; its value is the name of the management cluster. */
export const RUN_LABEL = 'dev.capi-actions.run'

/** In its container. */
export const REGISTRY_PORT = 5000
const LOOPBACK = '127.0.0.1'
const START_SECONDS = 30

/**
 * The registry, running and answering: the one that is there under this name if it fits, else a new one.
 * @throws Failure when the port or the name is taken by something else, or the registry doesn't answer.
 */
export async function ensureRegistry(wanted: WantedRegistry, record: Recorder, work: Work): Promise<Registry> {
  const found = await findContainer(wanted.name, work)
  if (found) await reuse(found, wanted, work)
  else await run(wanted, record, work)
  await answers(wanted, work)
  return {
    address: `localhost:${wanted.port}`,
    container: wanted.name,
    inCluster: `http://${wanted.name}:${REGISTRY_PORT}`,
    made: found === undefined,
  }
}

/** Sentences about what keeps a container of the wanted name from being the wanted registry. */
export function registryMisfit(found: Container, wanted: WantedRegistry): { why: string; remedy: string } | undefined {
  const published = found.ports.filter(port => port.container === REGISTRY_PORT && port.protocol === 'tcp')
  if (published.some(port => port.hostPort === wanted.port)) return undefined
  const other = published[0]
  if (other) {
    return {
      why: `it is published on port ${other.hostPort}, not on ${wanted.port}`,
      remedy: `set registry-port to ${other.hostPort}, or remove it: ${engineName()} rm -f ${found.name}`,
    }
  }
  return {
    why: `it runs ${found.image} and publishes no port ${REGISTRY_PORT}, so it is no registry of ours`,
    remedy: `set registry-name to another name, or remove it: ${engineName()} rm -f ${found.name}`,
  }
}

async function reuse(found: Container, wanted: WantedRegistry, work: Work): Promise<void> {
  const misfit = registryMisfit(found, wanted)
  if (misfit) throw new Failure({ what: `container ${found.name} cannot be used as the registry`, ...misfit })
  work.log(`registry ${found.name} is there already (${found.image}, ${found.status})`)
  if (found.running) return
  await requireFreePort(wanted, work)
  await docker(['container', 'start', found.name], work)
}

async function run(wanted: WantedRegistry, record: Recorder, work: Work): Promise<void> {
  await requireFreePort(wanted, work)
  await requireImage(wanted.image, work)
  await record({ kind: 'container', name: wanted.name })
  const published = `${LOOPBACK}:${wanted.port}:${REGISTRY_PORT}`
  const label = `${RUN_LABEL}=${wanted.cluster}`
  const options = ['--restart', 'always', '--name', wanted.name, '--label', label, '--publish', published]
  const id = await createContainer(wanted.name, [...options, wanted.image], work)
  try {
    await docker(['container', 'start', id], work, { onCancel: 'finish' })
  } catch (error) {
    work.signal.throwIfAborted()
    // Docker keeps a container that it could not start, and its name would be taken the next time.
    await docker(['container', 'rm', '--force', '--volumes', id], work, { allow: [1] })
    // The last line, which is the error's reason, is only `failed to start containers`.
    const said = error instanceof Failure ? error.details : []
    if (/port is already allocated|address already in use/.test(said.join('\n'))) throw await portInUse(wanted, work, error)
    throw new Failure({
      what: `registry ${wanted.name} could not be started`,
      why: said[0] ?? messageOf(error),
      details: said,
      cause: error,
    })
  }
}

/** @returns its id: by now, or soon, the name may be that of another process's container. */
async function createContainer(name: string, options: readonly string[], work: Work): Promise<string> {
  try {
    return (await docker(['container', 'create', ...options], work, { onCancel: 'finish' })).stdout.trim()
  } catch (error) {
    work.signal.throwIfAborted()
    if (!/is already in use by/.test(messageOf(error))) throw error
    throw new Failure({
      what: `registry ${name} could not be made`,
      why: 'another process has made a container of this name meanwhile',
      remedy: 'run one at a time, or set another registry-name',
      cause: error,
    })
  }
}

async function requireFreePort(wanted: WantedRegistry, work: Work): Promise<void> {
  if (!(await isPortFree(LOOPBACK, wanted.port))) throw await portInUse(wanted, work)
}

async function portInUse(wanted: WantedRegistry, work: Work, cause?: unknown): Promise<Failure> {
  const user = await whatUses(wanted.port, work)
  return new Failure({
    what: `port ${wanted.port} of ${LOOPBACK} is in use${user ? ` by ${user}` : ''}`,
    why: `the registry ${wanted.name} is to be published there`,
    remedy: 'set registry-port to a free port',
    cause,
  })
}

async function requireImage(image: string, work: Work): Promise<void> {
  const present = await docker(['image', 'inspect', '--format', '{{.Id}}', image], work, { allow: [1] })
  if (present.exitCode === 0) return
  work.waiting(`pulling ${image}`)
  const pulled = await docker(['image', 'pull', '--quiet', engineName() === 'podman' ? withRegistry(image) : image], work, { allow: [1] })
  if (pulled.exitCode === 0) return
  throw new Failure({
    what: `registry image ${image} cannot be pulled`,
    why: pulled.stderr.trim().split('\n').at(-1),
    remedy: 'check that the engine reaches the registry of this image, or set registry-image to one that it reaches',
  })
}

/** Waits until the distribution API answers. */
async function answers({ name, port }: WantedRegistry, work: Work): Promise<void> {
  const url = `http://${LOOPBACK}:${port}/v2/`
  const deadline = Date.now() + START_SECONDS * 1000
  work.waiting(`waiting for an answer from ${url}`)
  let said = ''
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.any([work.signal, AbortSignal.timeout(5000)]) })
      await response.body?.cancel()
      if (response.ok) return
      said = `it answers ${response.status}`
    } catch (error) {
      work.signal.throwIfAborted()
      said = messageOf(error instanceof Error && error.cause ? error.cause : error)
    }
    const container = await findContainer(name, work)
    if (Date.now() > deadline || !container || ['exited', 'dead'].includes(container.status))
      throw await silent(name, url, container?.status ?? 'gone', said, work)
    await sleep(200, undefined, { signal: work.signal })
  }
}

async function silent(name: string, url: string, status: string, said: string, work: Work): Promise<Failure> {
  const logs = await docker(['container', 'logs', '--tail', '20', name], work, { allow: [1] })
  return new Failure({
    what: `registry ${name} does not answer at ${url}`,
    why: `container ${name} is ${status}: ${said}`,
    remedy: 'look at its last lines below; registry-image must listen on port 5000',
    details: `${logs.stdout}\n${logs.stderr}`.split('\n').filter(line => line !== ''),
  })
}

/** Tells tools of the cluster's registry, as KEP-1755 has it (https://kind.sigs.k8s.io/docs/user/local-registry/). To be applied by the caller. */
export const registryHosting = (registry: Registry): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'local-registry-hosting', namespace: 'kube-public' },
  data: {
    'localRegistryHosting.v1': `host: "${registry.address}"\nhelp: "https://kind.sigs.k8s.io/docs/user/local-registry/"\n`,
  },
})
