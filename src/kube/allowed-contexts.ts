/** Whether a context of a kubeconfig may be used, by the rule of Tilt: a kind cluster always, any other where it is listed. Pure. */
import { Failure } from '../host/failure.ts'

export interface AllowedContexts {
  readonly contexts: readonly string[]
  /** Where they were said. */
  readonly where: string
}

/** A context, and the name that its cluster has in the kubeconfig. */
export interface NamedContext {
  readonly context: string
  readonly cluster: string
}

/** @throws Failure for a context that is not allowed. */
export function requireAllowed({ context, cluster }: NamedContext, { contexts, where }: AllowedContexts): void {
  if (cluster.startsWith('kind-') || contexts.includes(context)) return
  throw new Failure({
    what: `context ${context} is not allowed`,
    why: `its cluster ${cluster} is no kind cluster, and allowed contexts are ${contexts.join(', ') || 'none'}`,
    remedy: `add ${context} to them if it may be changed, or say in \`context\` which other is meant`,
    where,
  })
}
