/** Labels by which Cluster API's own tools know what is theirs. */

/** Which provider an object belongs to: `infrastructure-docker`. */
export const PROVIDER_LABEL = 'cluster.x-k8s.io/provider'
/** By which `clusterctl move` and `clusterctl upgrade` find objects; its value is ''. */
export const CLUSTERCTL_LABEL = 'clusterctl.cluster.x-k8s.io'
/** What of clusterctl's own an object is: `inventory` or `cert-manager`. */
export const CLUSTERCTL_CORE_LABEL = 'clusterctl.cluster.x-k8s.io/core'
/** Which pods a Namespace admits. */
export const POD_SECURITY_LABEL = 'pod-security.kubernetes.io/enforce'
