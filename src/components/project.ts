/** A plain project in the cluster: how it is reached, and what says that it answers. */
import { Failure } from '../host/failure.ts'
import { serviceAnswers } from '../kube/checks.ts'
import type { Check } from '../kube/wait.ts'
import type { KubeObject } from '../manifests/object.ts'
import { kubectlCommand, type Way } from '../manifests/way.ts'
import type { Reach } from './observability.ts'

interface Port {
  readonly port: number
  readonly name?: string
}

interface Service {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** The first Service of its manifests with a port. */
function serviceIn(objects: readonly KubeObject[]): Service | undefined {
  const [first] = objects.flatMap(({ kind, metadata: { name, namespace = 'default' }, spec }) => {
    const ports = kind === 'Service' ? portsOf(spec) : []
    return ports.slice(0, 1).map(({ port }) => ({ namespace, name, port }))
  })
  return first
}

function portsOf(spec: unknown): readonly Port[] {
  const ports = typeof spec === 'object' && spec !== null && 'ports' in spec ? spec.ports : undefined
  return Array.isArray(ports) ? (ports as readonly Port[]) : []
}

/** Those below are the administrator's. */
const FIRST_FREE = 1024

/** @param port On this machine; that of the Service where nobody says one. Nothing for a project without a Service. */
export function reachOfProject(objects: readonly KubeObject[], port: number | undefined): Reach | undefined {
  const service = serviceIn(objects)
  if (service === undefined) return undefined
  const local = port ?? (service.port < FIRST_FREE ? service.port + 8000 : service.port)
  const way: Way = { kind: 'Service', ...service, local }
  return { way, command: kubectlCommand(way), page: `http://localhost:${local}` }
}

/** @param path Of what its Service is to answer; nothing where that is not wanted. */
export function projectAnswers(name: string, objects: readonly KubeObject[], path: string | undefined): readonly Check[] {
  if (path === undefined) return []
  const service = serviceIn(objects)
  if (service === undefined)
    throw new Failure({
      what: `project ${name} answers nobody`,
      why: 'its manifests have no Service with a port',
      remedy: 'add one, or leave `answers` out',
    })
  return [serviceAnswers(service.namespace, service.name, service.port, path)]
}
