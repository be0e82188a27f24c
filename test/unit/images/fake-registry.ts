/** A registry in this process for what a real one cannot be made to do: it answers each request with the next of its answers, and keeps what it was asked. */
import { createServer, type IncomingMessage, type Server } from 'node:http'

export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Cut the connection after the body, though more was announced. */
  readonly cut?: boolean
}

export interface Asked {
  /** `GET /v2/a/manifests/b` */
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface FakeRegistry extends AsyncDisposable {
  readonly url: string
  readonly asked: Asked[]
}

/** @param answers By request line, in the order in which they are given; the last one is given again and again. `URL` in a header is the server's own. */
export async function fakeRegistry(answers: Readonly<Record<string, readonly FakeAnswer[]>>): Promise<FakeRegistry> {
  const asked: Asked[] = []
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(Buffer.from(part))
    const line = `${request.method} ${request.url}`
    const before = asked.filter(one => one.line === line).length
    asked.push({ line, headers: request.headers, body: Buffer.concat(parts).toString() })
    const list = answers[line] ?? [{ status: 500, body: `unexpected ${line}` }]
    const answer = list[Math.min(before, list.length - 1)] ?? { status: 500 }
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [name, value.replaceAll('URL', url)])
    response.writeHead(answer.status, Object.fromEntries(headers))
    if (answer.cut) response.write(answer.body ?? '', () => response.destroy())
    else response.end(request.method === 'HEAD' ? undefined : answer.body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  return {
    url,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
