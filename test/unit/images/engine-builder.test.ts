import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Builder } from '../../../src/images/builder.ts'
import { findBuilder } from '../../../src/images/engine-builder.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const platform = { os: 'linux', architecture: 'amd64' }

/** Asks with a docker command that answers as `cases`, lines of a shell's case, say. */
async function asking(engine: 'docker' | 'podman', cases: string): Promise<Builder> {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-engine-'))
  await writeFile(join(folder, engine), `#!/bin/sh\nPATH=/bin:/usr/bin\ncase "$*" in\n${cases}\n*) exit 1 ;;\nesac\n`)
  await chmod(join(folder, engine), 0o755)
  const path = process.env.PATH
  process.env.PATH = folder
  try {
    return await findBuilder(engine, platform, work)
  } finally {
    process.env.PATH = path
    await rm(folder, { recursive: true })
  }
}

const inspected = `cat <<END
Name:   mine
Driver: docker

Nodes:
Name:      mine
Endpoint:  default
Status:    running
Platforms: linux/amd64
END
`

test('where there is buildx, the builder that it uses now builds', async () => {
  const cases = `'buildx version') echo github.com/docker/buildx v0.30.1 ;;\n'buildx inspect'*) ${inspected} ;;`
  assert.deepEqual(await asking('docker', cases), { name: 'mine', driver: 'docker' })
})

test('a docker command with BuildKit in it builds by that', async () => {
  assert.deepEqual(await asking('docker', "'version '?*) echo 20.10.24 20.10.24 ;;"), { name: 'docker', driver: 'engine' })
})

test('a newer one without buildx is refused, and an engine that does not answer', async () => {
  await assert.rejects(asking('docker', "'version '?*) echo 28.2.2 28.2.2 ;;"), {
    what: 'images cannot be built from Dockerfiles here',
    why: 'docker 28.2.2 builds by buildx, and there is none',
  })
  await assert.rejects(asking('docker', "'version '?*) echo '28.2.2 '; echo Cannot connect >&2; exit 1 ;;"), { why: 'Cannot connect' })
})

test('podman builds where it is the engine', async () => {
  assert.deepEqual(await asking('podman', "'info '*) echo 4.3.1 ;;"), { name: 'podman', driver: 'podman' })
})
