import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isCancellation } from '../../../src/host/failure.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { installTools, toolFolders } from '../../../src/run/tools.ts'
import { fieldKeys } from '../../../src/settings/fields.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { platformOf, thisMachine } from '../../../src/tools/platform.ts'
import { type Answer, failureOf, serve } from '../host/fault-server.ts'

const { os, arch } = platformOf(thisMachine(), 'kubectl')

let bin: string
const path = process.env.PATH
before(async () => {
  bin = await mkdtemp(join(tmpdir(), 'tools-'))
  await program('kind', 'kind v0.32.0 go1.26.8 linux/amd64')
  process.env.PATH = bin
})
after(async () => {
  process.env.PATH = path
  await rm(bin, { recursive: true })
})

async function program(name: string, answer: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\necho '${answer}'\n`)
  await chmod(join(bin, name), 0o755)
}

const settingsFor = (given: Record<string, string>) =>
  loadSettings({ given: { 'cache-dir': join(bin, 'cache'), ...given }, env: {}, cwd: bin, of: fieldKeys })

test('tools that are there are returned, and watched as tasks that had nothing to do', async () => {
  const events: RunEvent[] = []
  const outcome = await installTools(await settingsFor({ tools: 'kind' }), event => events.push(event), new AbortController().signal)
  const kind = { name: 'kind', version: 'v0.32.0', path: join(bin, 'kind'), source: 'path' }
  assert.deepEqual(outcome, { made: [kind], caches: { saves: [], troubles: [] } })
  assert.deepEqual(
    events.filter(({ type }) => type === 'planned' || type === 'ended').map(({ at: _, ...event }) => event),
    [
      { type: 'planned', tasks: [{ name: 'tool kind', needs: [] }] },
      { type: 'ended', task: 'tool kind', outcome: { status: 'skipped', reason: 'v0.32.0 is on PATH', value: kind } },
    ],
  )
})

test('a tool that can not be had is the failure; what is there is known all the same', async () => {
  const kindEnded = Promise.withResolvers<void>()
  // The failure of one task stops the others: this one waits with it.
  const absent: Answer = async (_, response) => {
    await kindEnded.promise
    response.writeHead(404).end()
  }
  const checksum = `/release/v1.34.99/bin/${os}/${arch}/kubectl.sha256`
  await using server = await serve({ [checksum]: absent })
  const mirrors = { 'download-mirrors': `dl.k8s.io=${server.base}` }
  const settings = await settingsFor({ tools: 'kind kubectl', 'kubectl-version': 'v1.34.99', ...mirrors })
  const listener = (event: RunEvent) => event.type === 'ended' && event.task === 'tool kind' && kindEnded.resolve()
  const outcome = await installTools(settings, listener, new AbortController().signal)
  assert.deepEqual(
    outcome.made.map(({ name }) => name),
    ['kind'],
  )
  assert.ok('failure' in outcome)
  assert.deepEqual(await failureOf(Promise.reject(outcome.failure)), {
    what: `kubectl v1.34.99: ${server.base}${checksum} could not be downloaded`,
    why: 'the server answered 404 Not Found',
    remedy: 'see whether the download mirror for dl.k8s.io has this file',
  })
})

test('a run that is stopped fails with the cancellation', async () => {
  const outcome = await installTools(await settingsFor({ tools: 'kind' }), () => {}, AbortSignal.abort())
  assert.deepEqual(outcome.made, [])
  assert.ok('failure' in outcome && isCancellation(outcome.failure))
})

test('folders of tools from the cache go on PATH, each once; those of tools on PATH are there', () => {
  const tools = [
    { name: 'kind', version: 'v0.32.0', path: '/cache/bin/kind', source: 'download' },
    { name: 'helm', version: 'v3.21.4', path: '/cache/bin/helm', source: 'cache' },
    { name: 'kubectl', version: 'v1.34.4', path: '/usr/bin/kubectl', source: 'path' },
  ] as const
  assert.deepEqual(toolFolders(tools), ['/cache/bin'])
})
