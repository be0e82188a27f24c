/** Which conditions of objects say that something is not as it should be. Pure. */
import { conditionsOf } from '../kube/checks.ts'
import { type Condition, type Pod, sayCondition } from '../kube/objects.ts'
import { problemsOf, sayProblem } from '../kube/pods.ts'
import { type KubeObject, nameOf } from '../manifests/object.ts'

/** Types that are False while all is well: of Nodes, Deployments, Cluster API (api/core/v1beta2/conditions_consts.go) and cert-manager. */
const NORMALLY_FALSE = new Set([
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  'NetworkUnavailable',
  'ReplicaFailure',
  'Deleting',
  'Paused',
  'Remediating',
  'RollingOut',
  'ScalingDown',
  'ScalingUp',
  'Updating',
  'Denied',
  'InvalidRequest',
  'Issuing',
])

export const isAmiss = ({ type, status }: Condition): boolean => status !== (NORMALLY_FALSE.has(type) ? 'False' : 'True')

const ORDER = ['False', 'Unknown', 'True']

/** A line for each, what is False first. */
export const amissIn = (objects: readonly KubeObject[]): string[] =>
  objects
    .flatMap(object =>
      conditionsOf(object)
        .filter(isAmiss)
        .map(condition => ({ condition, line: `${nameOf(object)}: ${sayCondition(condition)}` })),
    )
    .toSorted((one, other) => ORDER.indexOf(one.condition.status) - ORDER.indexOf(other.condition.status))
    .map(({ line }) => line)

/** A line for each pod with a problem: the most telling one. */
export const unreadyPods = (pods: readonly Pod[]): string[] =>
  pods.flatMap(pod => {
    const [problem] = problemsOf(pod)
    return problem === undefined ? [] : [`${nameOf(pod)}: ${sayProblem(problem)}`]
  })
