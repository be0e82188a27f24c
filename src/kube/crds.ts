/** CustomResourceDefinitions: when the API server serves them. */

import type { KubeObject } from '../manifests/object.ts'
import { isNotFound } from './api-error.ts'
import type { Kube } from './connect.ts'
import type { CustomResourceDefinition } from './objects.ts'
import { sayCondition } from './objects.ts'
import type { Check, Explanation } from './wait.ts'

export const isCrd = (object: KubeObject): object is CustomResourceDefinition => object.kind === 'CustomResourceDefinition'

/**
 * One check per group version: all of these CRDs are Established, as discovery lists a version only from then on
 * (apiextensions-apiserver/pkg/apiserver/customresource_discovery_controller.go). Reading the CRDs themselves costs up to 0.5 MB each.
 */
export function crdsEstablished(crds: readonly CustomResourceDefinition[]): readonly Check[] {
  const served = crds.flatMap(crd =>
    crd.spec.versions.filter(version => version.served).map(version => ({ crd, apiVersion: `${crd.spec.group}/${version.name}` })),
  )
  const groups = Map.groupBy(served, ({ apiVersion }) => apiVersion)
  return [...groups].map(([apiVersion, members]) =>
    established(
      apiVersion,
      members.map(({ crd }) => crd),
    ),
  )
}

function established(apiVersion: string, crds: readonly CustomResourceDefinition[]): Check {
  const missing = async (kube: Kube, signal: AbortSignal) => {
    const plurals = new Set((await kube.discovery.resourcesOf(apiVersion, signal)).map(({ plural }) => plural))
    return crds.filter(crd => !plurals.has(crd.spec.names.plural))
  }
  return {
    name: `CustomResourceDefinitions of ${apiVersion}`,
    unmet: `CustomResourceDefinitions of ${apiVersion} are not Established`,
    async test(kube, signal) {
      const left = await missing(kube, signal)
      return left.length > 0 ? fewOf(left.map(crd => crd.spec.names.plural)) : undefined
    },
    async explain(kube, signal) {
      const left = await Promise.all((await missing(kube, signal)).map(crd => explainCrd(kube, crd.metadata.name, signal)))
      return { why: left.find(({ why }) => why)?.why, details: left.flatMap(({ details }) => details) }
    },
  }
}

/** `clusters, machines and 7 more` */
const fewOf = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ')

async function explainCrd(kube: Kube, name: string, signal: AbortSignal): Promise<Explanation> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`
  try {
    const crd = await kube.request<CustomResourceDefinition>('GET', path, { signal })
    const conditions = (crd.status?.conditions ?? []).filter(({ status, type }) => (type === 'NonStructuralSchema') === (status === 'True'))
    const said = conditions.map(condition => `CustomResourceDefinition ${name}: ${sayCondition(condition)}`)
    return { why: said[0], details: said }
  } catch (error) {
    if (isNotFound(error)) return { why: `CustomResourceDefinition ${name} is not there`, details: [] }
    throw error
  }
}
