/** What real `clusterctl init` or we put into a cluster, as far as two runs can be compared. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { KubeObject } from '../../src/manifests/object.ts'

export interface Commands {
  readonly kubectl: string
  readonly clusterctl: string
  readonly env: Readonly<Record<string, string>>
}

export const run = async (command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> =>
  (await promisify(execFile)(command, args, { env: { ...process.env, ...env }, maxBuffer: 2 ** 28 })).stdout

/** All objects that carry clusterctl's label and one of these provider labels, by kind and name, without what the API server and controllers write. */
export async function objectsOf({ kubectl, env }: Commands, labels: readonly string[]): Promise<Record<string, unknown>> {
  const kinds = (await run(kubectl, ['api-resources', '--verbs=list', '--output=name'], env)).split('\n').filter(Boolean)
  // Made by controllers from Services, Deployments and Certificates, with their labels.
  const wanted = kinds.filter(kind => !/^(endpoints$|endpointslices\.|events|certificaterequests\.|.*\.metrics\.k8s\.io$)/.test(kind))
  const select = `clusterctl.cluster.x-k8s.io,cluster.x-k8s.io/provider in (${labels.join(',')})`
  const args = ['get', wanted.join(','), '--all-namespaces', '--selector', select, '--output=json', '--show-managed-fields=false']
  const { items } = JSON.parse(await run(kubectl, args, env)) as { items: KubeObject[] }
  return Object.fromEntries(
    items
      .map(item => [`${item.kind} ${item.metadata.namespace ?? ''}/${item.metadata.name}`, settled(item)] as const)
      .toSorted(([one], [other]) => one.localeCompare(other)),
  )
}

const WRITTEN = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields']
const OF_SERVICES = ['clusterIP', 'clusterIPs', 'caBundle']
/** Core's own notes on CRDs whose objects it has migrated. */
const MIGRATED = 'crd-migration.cluster.x-k8s.io/observed-generation'

function settled({ metadata, status: _, ...rest }: KubeObject): unknown {
  const { annotations = {}, ...kept } = metadata
  const { [MIGRATED]: _migrated, ...said } = annotations
  // A controller writes the rules of an aggregated role, by all roles that there are.
  const { rules: _rules, ...unaggregated } = rest
  const specified = 'aggregationRule' in rest ? unaggregated : rest
  const own = Object.fromEntries(Object.entries(kept).filter(([key]) => !WRITTEN.includes(key)))
  return JSON.parse(
    JSON.stringify({ ...specified, metadata: { ...own, annotations: said } }, (key, value) =>
      OF_SERVICES.includes(key) ? undefined : value,
    ),
  )
}
