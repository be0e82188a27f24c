/** The node's end of a port-forward as the API server hands it on: WebSockets (RFC 6455) of Kubernetes' v4.channel.k8s.io, as far as a test needs it. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Channels {
  /** `/api/v1/namespaces/…` */
  readonly path: string
  readonly send: (channel: number, data: Buffer) => void
  readonly close: () => void
  /** When the client has closed it. */
  readonly closed: Promise<void>
}

/** @param answer Told of each connection, and returns what is told of what comes on it. */
export async function webSocketServer(
  answer: (channels: Channels) => (channel: number, data: Buffer) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((_, response) => void response.writeHead(404).end())
  const sockets = new Set<Duplex>()
  server.on('upgrade', (request, socket) => {
    sockets.add(socket)
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`]
    socket.write([...head, 'Sec-WebSocket-Protocol: v4.channel.k8s.io', '', ''].join('\r\n'))
    const closed = Promise.withResolvers<void>()
    const told = answer({
      closed: closed.promise,
      path: request.url ?? '',
      send: (channel, data) => void socket.write(frame(0x82, Buffer.concat([Buffer.of(channel), data]))),
      close: () => void socket.end(frame(0x88, Buffer.alloc(0))),
    })
    let left: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      left = Buffer.concat([left, chunk])
      for (let read = unframe(left); read !== undefined; read = unframe(left)) {
        left = left.subarray(read.length)
        if (read.opcode === 8) {
          closed.resolve()
          socket.end()
        } else told(read.data[0] ?? 0, read.data.subarray(1))
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function frame(first: number, data: Buffer): Buffer {
  const head = data.length < 126 ? Buffer.of(first, data.length) : Buffer.of(first, 127, 0, 0, 0, 0, 0, 0, 0, 0)
  if (data.length >= 126) head.writeBigUInt64BE(BigInt(data.length), 2)
  return Buffer.concat([head, data])
}

/** The first frame, which a client masks; nothing where it is not all there. */
function unframe(bytes: Buffer): { readonly opcode: number; readonly data: Buffer; readonly length: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = (bytes[1] ?? 0) & 0x7f
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length < 2 + wide) return undefined
  const size = wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const start = 2 + wide + 4
  if (bytes.length < start + size) return undefined
  const mask = bytes.subarray(start - 4, start)
  const data = Buffer.from(bytes.subarray(start, start + size).map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
  return { opcode: (bytes[0] ?? 0) & 0x0f, data, length: start + size }
}
