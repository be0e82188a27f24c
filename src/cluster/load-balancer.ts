/** How the API server of a workload cluster in containers is reached from this machine: its load balancer is a container, too. */
import type { Work } from '../host/work.ts'
import { docker } from './engine.ts'

/** `127.0.0.1:32768`, where the load balancer that CAPD made for `cluster` publishes its port; nothing for a cluster that has none. */
export async function apiAddressOnHost(cluster: string, work: Work): Promise<string | undefined> {
  const { stdout, exitCode } = await docker(['container', 'port', `${cluster}-lb`, '6443/tcp'], work, { allow: [1] })
  const published = exitCode === 0 ? /^(\S+):(\d+)$/m.exec(stdout) : null
  return published === null ? undefined : `127.0.0.1:${published[2]}`
}
