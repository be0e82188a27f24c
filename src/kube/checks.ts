/** Checks on Kubernetes' own objects, and on any object's conditions. */
import { type KubeObject, nameOf } from '../manifests/object.ts'
import { ApiError, isAlreadyExists, sayRefusal } from './api-error.ts'
import type { Kube } from './connect.ts'
import { pathOf } from './discovery.ts'
import { explainWorkload, hopelessWorkload } from './explain.ts'
import { type Condition, conditionOf, type Deployment, nameOfReference, oneLine, type Reference, sayCondition } from './objects.ts'
import { get, list } from './read.ts'
import type { Check } from './wait.ts'

/** It answers, and lets us in: what gives an administrator his rights comes some time after the first answer. */
export const apiServerAnswers: Check = {
  name: 'the API server',
  unmet: 'the API server does not answer',
  async test(kube, signal) {
    await kube.request('GET', '/readyz', { signal, timeout: 5 })
    await kube.request('GET', '/api/v1/namespaces/kube-system', { signal, timeout: 5 })
    return undefined
  },
}

/** All replicas of the newest rollout are available. */
export function deploymentAvailable(namespace: string, name: string): Check {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
  return {
    name: nameOfReference(reference),
    unmet: `${nameOfReference(reference)} is not Available`,
    async test(kube, signal) {
      const deployment = await get<Deployment>(kube, reference, signal)
      return deployment ? missingReplicas(deployment) : 'not there yet'
    },
    hopeless: (kube, seconds, signal) => hopelessWorkload(kube, reference, seconds, signal),
    explain: (kube, signal) => explainWorkload(kube, reference, signal),
  }
}

/** Undefined for a Deployment whose newest rollout is complete (what `kubectl rollout status` asks, and condition Available). */
export function missingReplicas(deployment: Deployment): string | undefined {
  const { spec, status = {}, metadata } = deployment
  const wanted = spec.replicas ?? 1
  if ((status.observedGeneration ?? 0) < Number(metadata.generation ?? 0)) return 'not seen by its controller yet'
  if ((status.updatedReplicas ?? 0) < wanted) return `${status.updatedReplicas ?? 0} of ${wanted} replicas updated`
  if ((status.replicas ?? 0) > (status.updatedReplicas ?? 0)) return 'replicas of the last rollout are still there'
  if ((status.availableReplicas ?? 0) < wanted) return `${status.availableReplicas ?? 0} of ${wanted} replicas available`
  const available = conditionOf(status.conditions, 'Available')
  return available?.status === 'True' ? undefined : 'condition Available is not True'
}

/** A StatefulSet whose replicas, or a DaemonSet whose pods on all nodes that it wants, are ready in their newest revision. */
export function podsReady(kind: 'StatefulSet' | 'DaemonSet', namespace: string, name: string): Check {
  const reference = { apiVersion: 'apps/v1', kind, namespace, name }
  return {
    name: nameOfReference(reference),
    unmet: `${nameOfReference(reference)} is not ready`,
    async test(kube, signal) {
      const workload = await get(kube, reference, signal)
      return workload ? missingPods(workload) : 'not there yet'
    },
    hopeless: (kube, seconds, signal) => hopelessWorkload(kube, reference, seconds, signal),
    explain: (kube, signal) => explainWorkload(kube, reference, signal),
  }
}

/** Undefined for a StatefulSet or DaemonSet whose rollout is complete (what `kubectl rollout status` asks), of pods that are ready. */
export function missingPods(workload: KubeObject): string | undefined {
  const status = field(workload, 'status')
  const count = (key: string, otherwise = 0) => Number(field(status, key) ?? otherwise)
  if (count('observedGeneration') < Number(workload.metadata.generation ?? 0)) return 'not seen by its controller yet'
  const isSet = workload.kind === 'StatefulSet'
  const wanted = isSet ? Number(field(field(workload, 'spec'), 'replicas') ?? 1) : count('desiredNumberScheduled')
  const updated =
    isSet && field(status, 'currentRevision') === field(status, 'updateRevision')
      ? wanted
      : count(isSet ? 'updatedReplicas' : 'updatedNumberScheduled')
  if (updated < wanted) return `${updated} of ${wanted} pods updated`
  const ready = count(isSet ? 'readyReplicas' : 'numberReady')
  return ready < wanted ? `${ready} of ${wanted} pods ready` : undefined
}

/** The conditions of any object that has some: CAPI's newer ones where it has both kinds (v1beta1 objects of CAPI 1.9 and 1.10). */
export function conditionsOf(object: KubeObject): readonly Condition[] {
  const status = field(object, 'status')
  const conditions = field(field(status, 'v1beta2'), 'conditions') ?? field(status, 'conditions')
  return Array.isArray(conditions) ? conditions : []
}

const field = (value: unknown, key: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined)

/** A Job that has done what it is for. */
export function jobComplete(namespace: string, name: string): Check {
  const reference = { apiVersion: 'batch/v1', kind: 'Job', namespace, name }
  const failed = async (kube: Kube, signal: AbortSignal) => {
    const job = await get(kube, reference, signal)
    return job && conditionOf(conditionsOf(job), 'Failed')?.status === 'True'
  }
  return {
    ...conditionTrue(reference, 'Complete'),
    hopeless: async (kube, _, signal) => ((await failed(kube, signal)) ? explainWorkload(kube, reference, signal) : undefined),
    explain: (kube, signal) => explainWorkload(kube, reference, signal),
  }
}

/** The API server knows the kinds of these objects. */
export function kindsServed(objects: readonly KubeObject[]): readonly Check[] {
  const kinds = Map.groupBy(objects, ({ apiVersion, kind }) => `${kind} in ${apiVersion}`)
  return [...kinds].flatMap(([name, [first]]) => {
    if (first === undefined) return []
    const { apiVersion, kind } = first
    return {
      name: `kind ${name}`,
      unmet: `the cluster has no kind ${name}`,
      test: async (kube, signal) => ((await kube.discovery.find(apiVersion, kind, signal)) ? undefined : 'not served yet'),
      explain: async () => ({
        why: `${nameOf(first)} is of it`,
        remedy: 'its CustomResourceDefinition must be installed first, with this version served',
        details: [],
      }),
    }
  })
}

/** Over HTTP, through the API server to a Service. */
export function serviceAnswers(namespace: string, service: string, port: string | number, path: string): Check {
  const name = `Service ${namespace}/${service}`
  const proxied = `/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy${path}`
  return {
    name: `${path} of ${name}`,
    unmet: `${name} does not answer ${path}`,
    async test(kube, signal) {
      await kube.request('GET', proxied, { signal, timeout: 5 })
      return undefined
    },
  }
}

/** A condition of an object is True. */
export function conditionTrue(reference: Reference, type: string): Check {
  const name = nameOfReference(reference)
  return {
    name: `${type} of ${name}`,
    unmet: `${name} is not ${type}`,
    async test(kube, signal) {
      const object = await get(kube, reference, signal)
      if (!object) return 'not there yet'
      const condition = conditionOf(conditionsOf(object), type)
      if (condition?.status === 'True') return undefined
      return condition ? oneLine(condition.message || condition.reason || `it is ${condition.status}`, 160) : 'no such condition yet'
    },
    async explain(kube, signal) {
      const object = await get(kube, reference, signal)
      const conditions = object ? conditionsOf(object).filter(({ status }) => status !== 'True') : []
      return { details: conditions.map(condition => `${name}: ${sayCondition(condition)}`) }
    },
  }
}

/** The API server would take the object now: its kind is served, and the webhooks that see it answer and agree. */
export function accepts(object: KubeObject): Check {
  return {
    name: `a dry-run of ${nameOf(object)}`,
    unmet: `${nameOf(object)} is not accepted`,
    async test(kube, signal) {
      const resource = await kube.discovery.find(object.apiVersion, object.kind, signal)
      if (!resource) return `kind ${object.kind} is not served yet`
      try {
        const path = pathOf(resource, object.metadata.namespace ?? 'default')
        await kube.request('POST', path, { signal, query: { dryRun: 'All', fieldValidation: 'Strict' }, body: object })
        return undefined
      } catch (error) {
        if (isAlreadyExists(error)) return undefined
        if (!(error instanceof ApiError)) throw error
        return oneLine(sayRefusal(error.why ?? error.what), 200)
      }
    },
  }
}

/** A DaemonSet's pods are ready on `count` nodes; true where there is no such DaemonSet, once `complete` says that none will come. */
export function daemonSetReady(namespace: string, name: string, count: number, complete: () => boolean): Check {
  const reference = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace, name }
  const missing = async (kube: Kube, signal: AbortSignal): Promise<string | undefined> => {
    // Asked before the question: a DaemonSet that comes between the two is not missed.
    const whole = complete()
    const daemonSet = await get(kube, reference, signal)
    if (!daemonSet) return whole ? undefined : 'not there yet'
    const ready = Number(field(field(daemonSet, 'status'), 'numberReady') ?? 0)
    return ready < count ? `ready on ${ready} of ${count} nodes` : undefined
  }
  return {
    name: nameOfReference(reference),
    unmet: `${nameOfReference(reference)} is not ready on every node`,
    test: missing,
    explain: async (kube, signal) => ({ why: await missing(kube, signal), details: [] }),
  }
}

/** Every node is Ready, and there are as many as said. */
export function nodesReady(count = 1): Check {
  return {
    name: 'nodes',
    unmet: 'not all nodes are Ready',
    async test(kube, signal) {
      const nodes = await list(kube, { apiVersion: 'v1', kind: 'Node' }, signal)
      const unready = nodes.filter(node => conditionOf(conditionsOf(node), 'Ready')?.status !== 'True')
      if (unready.length > 0) return `${unready.map(node => node.metadata.name).join(', ')} not Ready`
      return nodes.length < count ? `${nodes.length} of ${count} there` : undefined
    },
    async explain(kube, signal) {
      const nodes = await list(kube, { apiVersion: 'v1', kind: 'Node' }, signal)
      const said = nodes.flatMap(node => {
        const ready = conditionOf(conditionsOf(node), 'Ready')
        return ready && ready.status !== 'True' ? [`Node ${node.metadata.name}: ${sayCondition(ready)}`] : []
      })
      return { why: said[0], details: said }
    },
  }
}
