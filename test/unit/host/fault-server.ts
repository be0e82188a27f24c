/** A download host on 127.0.0.1 that serves and faults, and the bystanders that requests need: work that remembers, a clock that doesn't wait. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '../../../src/host/failure.ts'
import type { Clock } from '../../../src/host/retry.ts'
import type { Work } from '../../../src/host/work.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Answers by path, without the query; a list is answered in turn, its last one from then on. What has no route is 404. */
export type Routes = Record<string, Answer | readonly Answer[]>

export interface FaultServer extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly base: string
  /** May be added to while it runs. */
  readonly routes: Routes
  readonly requests: readonly { readonly path: string; readonly headers: IncomingMessage['headers'] }[]
}

export async function serve(routes: Routes = {}): Promise<FaultServer> {
  const requests: { path: string; headers: IncomingMessage['headers'] }[] = []
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    const path = url.split('?')[0] ?? ''
    requests.push({ path: url, headers: request.headers })
    const turn = asked.get(path) ?? 0
    asked.set(path, turn + 1)
    const answers = [routes[path] ?? status(404)].flat()
    const answer = answers[Math.min(turn, answers.length - 1)] ?? status(404)
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    base: `http://127.0.0.1:${port}`,
    routes,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

export const body =
  (content: string | Buffer): Answer =>
  (_, response) =>
    response.writeHead(200, { 'content-length': Buffer.byteLength(content) }).end(content)

export const json = (value: unknown): Answer => body(JSON.stringify(value))

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end()

/** Half the body, then the connection is closed. */
export const cut =
  (content: string): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.slice(0, content.length / 2), () => setTimeout(() => response.destroy(), 20))
  }

/** Half the body, then nothing. */
export const stall =
  (content: string): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': content.length }).write(content.slice(0, content.length / 2))
  }

/** Drops the connection before an answer. */
export const hangUp: Answer = request => request.socket.destroy()

/** Nothing is waited for; `sleeps` has the seconds that were asked. Each look at the clock is `step` milliseconds later. */
export function fakeClock(step = 0): Clock & { readonly sleeps: number[] } {
  const sleeps: number[] = []
  let now = Date.UTC(2026, 0, 1)
  return {
    sleeps,
    now: () => {
      now += step
      return now
    },
    random: () => 0,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted()
      sleeps.push(milliseconds / 1000)
    },
  }
}

export function rememberingWork(
  signal: AbortSignal = new AbortController().signal,
): Work & { readonly lines: string[]; readonly phrases: string[] } {
  const lines: string[] = []
  const phrases: string[] = []
  return { signal, lines, phrases, log: line => lines.push(line), waiting: phrase => phrases.push(phrase) }
}

/** What users read of a failure: its texts, whole. */
export async function failureOf(promise: Promise<unknown>): Promise<{ what: string; why: string | undefined; remedy: string | undefined }> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Failure)) throw error
  return { what: error.what, why: error.why, remedy: error.remedy }
}
