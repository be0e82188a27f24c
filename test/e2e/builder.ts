/** A builder with the driver `remote` for the tests: BuildKit of the test environment, and a docker command that has buildx and knows the builder. */
import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startBuildkitd } from '../testbed/buildkitd.ts'
import type { Testbed } from '../testbed/testbed.ts'

export interface TestBuilder {
  /** Environment of whatever is to use it. Nothing of it is in the home folder. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

export async function startBuilder(testbed: Testbed, name: string, scratch: string): Promise<TestBuilder> {
  const work = { signal: new AbortController().signal, log: console.log, waiting: console.log }
  const buildkitd = await startBuildkitd(testbed, work)
  const env = { DOCKER_CONFIG: join(scratch, 'docker'), BUILDX_CONFIG: join(scratch, 'buildx') }
  await mkdir(join(env.DOCKER_CONFIG, 'cli-plugins'), { recursive: true })
  await symlink(await testbed.tool('buildx'), join(env.DOCKER_CONFIG, 'cli-plugins/docker-buildx'))
  const create = ['buildx', 'create', '--name', name, '--driver', 'remote', buildkitd.address]
  await promisify(execFile)('docker', create, { env: { ...process.env, ...env } })
  return { env, stop: () => buildkitd.stop() }
}
