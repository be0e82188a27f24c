/** The objects of a workload cluster go into its namespace, as `clusterctl generate cluster` has it, whatever a template says. Pure. */
import { isClusterWide } from '../manifests/clusterctl.ts'
import type { KubeObject } from '../manifests/object.ts'

/** With another namespace where they name one: those that name none get it when they are applied. */
export const intoNamespace = (namespace: string, objects: readonly KubeObject[]): KubeObject[] =>
  objects.map(object =>
    object.metadata.namespace === undefined || isClusterWide(object) ? object : { ...object, metadata: { ...object.metadata, namespace } },
  )
