/** Whether a TCP port of this machine is free, and what has it when it isn't. */
import { readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename } from 'node:path'
import { engineName } from '../host/container-engine.ts'
import { exec } from '../host/exec.ts'
import type { Work } from '../host/work.ts'
import { docker, words } from './engine.ts'

/** True when nothing listens at `address`:`port`, or only the engine can say so. */
export function isPortFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      // A port that only root may listen on: the engine mostly is root.
      else if (error.code === 'EACCES') resolve(true)
      else reject(error)
    })
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** What listens on the port, as `container kind-registry` or `process dockerd (pid 12)`, if that can be found. */
export async function whatUses(port: number, work: Work): Promise<string | undefined> {
  const format = ['--format', '{{.Names}}\t{{.Ports}}']
  const containers = await output(engineName(), () => docker(['container', 'ls', ...format], work), work)
  const published = new RegExp(`:${port}->`)
  const container = words(containers.split('\n').find(line => published.test(line)) ?? '')[0]
  if (container) return `container ${container}`
  const lsof = await output(
    'lsof',
    () => exec('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], work, { allow: [1], timeout: 10 }),
    work,
  )
  const listed = /^p(\d+)\nc(.+)$/m.exec(lsof)
  if (listed) return `process ${await commandOf(listed[1], listed[2])} (pid ${listed[1]})`
  const ss = await output('ss', () => exec('ss', ['-Hltnp', `sport = :${port}`], work, { allow: [1], timeout: 10 }), work)
  const socket = /users:\(\("([^"]+)",pid=(\d+)/.exec(ss)
  return socket ? `process ${await commandOf(socket[2], socket[1])} (pid ${socket[2]})` : undefined
}

/** What `ps` and its like know is the name of the first thread, `MainThread` for Node: the file that runs says more, where Linux tells it. */
const commandOf = async (pid: string | undefined, otherwise: string | undefined): Promise<string> =>
  basename(await readlink(`/proc/${pid}/exe`).catch(() => otherwise ?? ''))

/** What a command that may not be there prints: finding the culprit is a courtesy, and must not replace the error. */
async function output(name: string, run: () => Promise<{ stdout: string }>, work: Work): Promise<string> {
  try {
    return (await run()).stdout
  } catch (error) {
    work.signal.throwIfAborted()
    work.log(`${name} cannot tell what uses the port: ${error instanceof Error ? error.message : String(error)}`)
    return ''
  }
}
