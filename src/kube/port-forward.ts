/**
 * Ports of this machine that lead to pods. kubectl's own port-forward ends with the pod that it has found; here each connection finds its pod, so that a manager may be
 * deployed anew, or crash, while an editor stays at the same port.
 */
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isCancellation, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { Way } from '../manifests/way.ts'
import { type Kube, loadKubeconfig } from './connect.ts'
import { type Target, targetOf } from './forward-target.ts'
import { oneLine } from './objects.ts'

/**
 * Carries what comes by `socket` to a port of a pod, and back; resolves when the connection is through, before it has ended.
 * @param complain Told what the node says of a port that can't be reached.
 */
export type Tunnel = (target: Target & { readonly namespace: string }, socket: Socket, complain: (text: string) => void) => Promise<void>

/** As much as is used here of the WebSocket that client-node opens, whose types are not among its own. */
interface Line {
  onclose: (() => void) | null
  send(data: Buffer, sent: () => void): void
  pause(): void
  resume(): void
  close(): void
}

/** Of a port that is forwarded; what comes on either begins with the port, in two bytes (Kubernetes' v4.channel.k8s.io). */
const [DATA, ERRORS] = [0, 1]
const PORT_BYTES = 2

/**
 * Tunnels through an API server, each a WebSocket of its own. client-node's PortForward would bring all clients of APIs that it can ask for pods (0.7 MB); its Attach
 * has what opens WebSockets with the credentials of a kubeconfig, and no more.
 */
export async function tunnelsThrough(kubeconfig: string, context: string): Promise<Tunnel> {
  const { Attach } = await import('@kubernetes/client-node')
  const { handler } = new Attach(await loadKubeconfig(kubeconfig, context))
  return async ({ namespace, pod, port }, socket, complain) => {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`
    const begun = new Set<number>()
    const opening: Promise<unknown> = handler.connect(path, null, (channel, data) => {
      const bytes = begun.has(channel) ? data : data.subarray(PORT_BYTES)
      begun.add(channel)
      if (bytes.length === 0) return true
      if (channel === ERRORS) complain(bytes.toString())
      else if (!socket.write(bytes)) line?.pause()
      return true
    })
    let line: Line | undefined
    // What a WebSocket throws is an event.
    const opened = (await opening.catch((error: unknown) => {
      throw error instanceof Error ? error : new Error(String((error as { message?: unknown }).message ?? error))
    })) as Line
    line = opened
    opened.onclose = () => socket.end()
    socket.on('drain', () => opened.resume())
    socket.on('data', (data: Buffer) => {
      socket.pause()
      opened.send(Buffer.concat([Buffer.of(DATA), data]), () => socket.resume())
    })
    socket.once('close', () => opened.close())
    if (socket.destroyed) opened.close()
  }
}

export interface Cluster {
  readonly kube: Kube
  readonly tunnel: Tunnel
}

export interface OpenWay {
  /** Of this machine: that of the way, or the one that was free where that is 0. */
  readonly port: number
  readonly close: () => void
}

/** ms that a connection waits for a pod: as long as one takes to come back. */
const PATIENCE = 60_000
const POLL = 500

/**
 * Listens on this machine alone.
 * @param called For what is said of it while it is open, in `work.log`: a pod that has gone, a port that nothing listens on, once each.
 * @throws the error of the system where the port is taken.
 */
export async function openWay(way: Way, called: string, { kube, tunnel }: Cluster, work: Work): Promise<OpenWay> {
  const { signal } = work
  const sockets = new Set<Socket>()
  const voice = speaker(called, work.log)
  let pod: string | undefined

  async function find(until: number): Promise<Target | undefined> {
    for (;;) {
      const target = await targetOf(way, pod, kube, signal)
      if (target !== undefined) return target
      voice.trouble(`no pod of ${placeOf(way)} runs, connections wait for one`)
      if (Date.now() > until) return undefined
      await sleep(POLL, undefined, { signal })
    }
  }

  async function carry(socket: Socket): Promise<void> {
    const until = Date.now() + PATIENCE
    while (!socket.destroyed) {
      const target = await find(until)
      if (target === undefined) break
      if (pod !== undefined && pod !== target.pod) voice.say(`pod ${pod} is gone, connected to ${target.pod}`)
      pod = target.pod
      try {
        const complain = (text: string) => voice.trouble(complaintOf(text, target))
        await tunnel({ ...target, namespace: way.namespace }, socket, complain)
        return
      } catch (error) {
        signal.throwIfAborted()
        voice.trouble(`pod ${target.pod} cannot be reached: ${oneLine(messageOf(error))}`)
        if (Date.now() > until) break
        await sleep(POLL, undefined, { signal })
      }
    }
    socket.destroy()
  }

  const server = createServer(socket => {
    sockets.add(socket)
    // A connection that breaks is over: its end says all.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    carry(socket).catch((error: unknown) => {
      if (!isCancellation(error)) voice.trouble(messageOf(error))
      socket.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: way.local, exclusive: true }, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : way.local,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Says each trouble once, until something else is to be said. */
function speaker(called: string, log: Work['log']): { say(sentence: string): void; trouble(sentence: string): void } {
  let last: string | undefined
  const say = (sentence: string) => {
    last = sentence
    log(`${called}: ${sentence}`)
  }
  return { say, trouble: sentence => (sentence === last ? undefined : say(sentence)) }
}

/** `deployment capi-controller-manager in capi-system` */
export const placeOf = ({ kind, namespace, name }: Way): string => `${kind.toLowerCase()} ${name} in ${namespace}`

const complaintOf = (text: string, { pod, port }: Target): string =>
  /connection refused/.test(text) ? `nothing listens on port ${port} of pod ${pod}` : oneLine(text)
