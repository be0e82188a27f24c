/** The fields of Kubernetes' own kinds that we read, and no more. */
import type { KubeObject } from '../manifests/object.ts'

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** What names an object: enough of it to ask the API server for it. */
export interface Reference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string | undefined
}

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number
    readonly selector: { readonly matchLabels?: Record<string, string> }
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
    readonly conditions?: readonly Condition[]
  }
}

interface Terminated {
  readonly exitCode: number
  readonly reason?: string
  readonly message?: string
}

export interface ContainerStatus {
  readonly name: string
  readonly ready: boolean
  readonly restartCount: number
  readonly image: string
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly running?: object
    readonly terminated?: Terminated
  }
  readonly lastState?: { readonly terminated?: Terminated }
}

export interface Pod extends KubeObject {
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly Condition[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

export interface KubeEvent extends KubeObject {
  /** `Normal` or `Warning`. */
  readonly type?: string
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly namespace?: string }
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  /** Of an event that goes on, where it is counted so. */
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null
}

/** Validating or mutating. */
export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly Webhook[]
}

export interface Webhook {
  readonly name: string
  readonly clientConfig: { readonly caBundle?: string }
  readonly failurePolicy?: string
  readonly sideEffects?: string
  readonly namespaceSelector?: object
  readonly objectSelector?: object
  readonly matchConditions?: readonly unknown[]
  readonly rules?: readonly {
    readonly apiGroups?: readonly string[]
    readonly apiVersions?: readonly string[]
    readonly operations?: readonly string[]
    readonly resources?: readonly string[]
  }[]
}

export interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string
    readonly names: { readonly plural: string; readonly kind: string }
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[]
    readonly conversion?: { readonly strategy?: string; readonly webhook?: { readonly clientConfig?: { readonly caBundle?: string } } }
  }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** A condition of an object, by type. */
export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find(condition => condition.type === type)

/** `Available is False (MinimumReplicasUnavailable): Deployment does not have minimum availability.` */
export const sayCondition = ({ type, status, reason, message }: Condition): string =>
  `${type} is ${status}${reason ? ` (${reason})` : ''}${message ? `: ${oneLine(message)}` : ''}`

/** The text on one line, cut where it is long. */
export const oneLine = (text: string, length = 300): string => {
  const line = text.trim().replace(/\s*\n\s*/g, ' ')
  return line.length > length ? `${line.slice(0, length)}…` : line
}

/** `Deployment capd-system/capd-controller-manager` */
export const nameOfReference = ({ kind, namespace, name }: Reference): string => `${kind} ${namespace ? `${namespace}/` : ''}${name}`
