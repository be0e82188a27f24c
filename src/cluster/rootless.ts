/** What kind asks of a machine whose engine has not root's rights (v0.32.0, create/create.go): the same of docker and of podman. Pure. */
import { Failure } from '../host/failure.ts'

/** Controllers of cgroups that kind's nodes have to be limited by. */
export const CONTROLLERS = ['cpu', 'memory', 'pids'] as const

export interface Rootless {
  readonly cgroup2: boolean
  /** Those of CONTROLLERS that the user's engine may not use. */
  readonly missing: readonly string[]
}

const GUIDE = 'kind.sigs.k8s.io/docs/user/rootless'

/** Why kind will make no node with an engine, or nothing where it will: what follows from root's rights it doesn't ask about. */
export function rootlessMisfit(engine: string, rootless: Rootless | undefined): Failure | undefined {
  if (rootless === undefined) return undefined
  const what = `kind makes no nodes with a rootless ${engine} here`
  if (!rootless.cgroup2)
    return new Failure({ what, why: 'it needs cgroup v2, and this machine has v1', remedy: `let ${engine} be root's, or see ${GUIDE}` })
  if (rootless.missing.length === 0) return undefined
  return new Failure({
    what,
    why: `systemd doesn't delegate ${rootless.missing.join(', ')} to its user`,
    remedy: `set Delegate=yes for user@.service, as ${GUIDE} has it, or let ${engine} be root's`,
  })
}
