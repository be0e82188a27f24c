import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { registryPort } from '../../../src/cli/doctor.ts'
import { loadSettings } from '../../../src/settings/load.ts'

const path = process.env.PATH
let bin: string
let server: Server
let port: number
before(async () => {
  bin = await mkdtemp(join(tmpdir(), 'doctor-'))
  process.env.PATH = `${bin}:${path}`
  // Answers as an image registry does: whose it is decides, not what it says.
  server = createServer((_, response) => response.end('{}'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
after(async () => {
  process.env.PATH = path
  server.close()
  await rm(bin, { recursive: true })
})

/** A `docker` that knows the container kind-registry, published on `published`, or none. */
async function finding(published: number | undefined, wanted = port) {
  const container = {
    Name: '/kind-registry',
    State: { Running: true, Status: 'running' },
    Config: { Image: 'registry:3' },
    HostConfig: { PortBindings: { '5000/tcp': [{ HostIp: '127.0.0.1', HostPort: String(published) }] } },
    NetworkSettings: {},
  }
  const known = `case "$*" in *inspect*) echo '${JSON.stringify([container])}';; esac`
  const none = `case "$*" in *inspect*) echo '[]'; echo 'Error: No such container' >&2; exit 1;; esac`
  await writeFile(join(bin, 'docker'), `#!/bin/sh\n${published === undefined ? none : known}\n`, { mode: 0o755 })
  const settings = await loadSettings({ given: { 'registry-port': String(wanted) }, env: {}, cwd: bin })
  return registryPort(settings, { signal: new AbortController().signal, log: () => {}, waiting: () => {} })
}

test('a port that is published by our registry is fine, and what else publishes it is named', async () => {
  assert.deepEqual(await finding(port), { subject: `port ${port}`, ok: true, found: 'published by the registry kind-registry' })
  const other = await finding(port + 1)
  assert.deepEqual(
    [other.ok, other.found],
    [false, `container kind-registry cannot be the registry: it is published on port ${port + 1}, not on ${port}`],
  )
})

test('a port on which another registry answers is in use', async () => {
  const { ok, found, remedy } = await finding(undefined)
  assert.equal(ok, false)
  assert.match(found, /^in use/)
  assert.equal(remedy, 'set `registry-port` to a free port')
})

test('a port on which nothing listens is free', async () => {
  const spare = createServer()
  await new Promise<void>(resolve => spare.listen(0, '127.0.0.1', resolve))
  const { port: free } = spare.address() as AddressInfo
  await new Promise(resolve => spare.close(resolve))
  assert.deepEqual(await finding(undefined, free), { subject: `port ${free}`, ok: true, found: 'free' })
})
