/** `capi-actions port-forward`: the ports of debuggers, tools and projects on this machine, for as long as it runs. */
import { once } from 'node:events'
import { whatUses } from '../cluster/port-in-use.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { connect } from '../kube/connect.ts'
import { targetOf } from '../kube/forward-target.ts'
import { type Cluster, type OpenWay, openWay, placeOf, tunnelsThrough } from '../kube/port-forward.ts'
import { chooseForwards, type Forward, readForwards, sayName } from '../run/port-forwards.ts'
import type { Settings } from '../settings/settings.ts'
import { exitCodes, print } from './terminal.ts'

/** Ends when `signal` fires, which is how it is meant to end: with code 0. */
export async function forwardPorts(settings: Settings, names: readonly string[], signal: AbortSignal): Promise<number> {
  const kept = await readForwards(settings.stateDir)
  if (kept === undefined) throw nothingToForward(settings)
  const chosen = chooseForwards(kept.forwards, names)
  const kube = await connect(kept.kubeconfig, kept.context)
  const cluster = { kube, tunnel: await tunnelsThrough(kept.kubeconfig, kept.context) }
  const work: Work = { signal, log: print, waiting: () => {} }
  const opened: OpenWay[] = []
  try {
    for (const { way } of chosen) await targetOf(way, undefined, kube, signal)
    for (const one of chosen) opened.push(await open(one, cluster, work))
    forwardLines(chosen).forEach(line => void print(line))
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    for (const one of opened) one.close()
    kube.close()
  }
  return exitCodes.done
}

/** `core debugger  localhost:30000 → deployment capi-controller-manager in capi-system, port 30000` */
export function forwardLines(forwards: readonly Forward[]): string[] {
  const width = (of: (one: Forward) => string) => Math.max(...forwards.map(one => of(one).length))
  const [name, address] = [width(sayName), width(one => one.address)]
  return forwards.map(one => `${sayName(one).padEnd(name)}  ${one.address.padEnd(address)} → ${placeOf(one.way)}, port ${one.way.port}`)
}

const nothingToForward = ({ stateDir }: Settings): Failure =>
  new Failure({
    what: 'there is no port to forward',
    why: `no run has left any in ${stateDir}`,
    remedy: 'run `up` with projects, observability or `debug` ports first, or say the --cluster-name or --state-dir of that run',
  })

async function open(forward: Forward, cluster: Cluster, work: Work): Promise<OpenWay> {
  const { local } = forward.way
  try {
    return await openWay(forward.way, sayName(forward), cluster, work)
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    const user = taken ? await whatUses(local, { ...work, log: () => {} }) : undefined
    throw new Failure({
      what: `port ${local} of this machine cannot be opened for ${sayName(forward)}`,
      why: taken ? `it is taken${user ? ` by ${user}` : ''}` : messageOf(error),
      remedy: `end what has it, or take another: ${forward.name}${forward.what ? `/${forward.what}` : ''}=${local < 65535 ? local + 1 : local - 1}`,
      cause: error,
    })
  }
}
