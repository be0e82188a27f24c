/** BuildKit's daemon on this machine, for builders with the driver `remote`. Its store lies in the cache: what one run of the tests has built is cached for the next. */
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { exec } from '../../src/host/exec.ts'
import { Failure } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'
import { inCache, readJson, writeJson } from './cache.ts'
import { mayRaiseLimits } from './engine.ts'
import { needCommands } from './host-packages.ts'
import { isAlive, lastLines, type ProcessIdentity, startDetached, stop } from './processes.ts'
import { testbedFile } from './recipe.ts'
import type { Testbed } from './testbed.ts'

export interface Buildkitd {
  /** For `docker buildx create --driver remote`: `unix:///…/buildkitd.sock`. */
  readonly address: string
  stop(): Promise<void>
}

const stateFile = (): string => inCache('buildkitd.json')

/** Starts buildkitd; one that a run which died has left is stopped first. */
export async function startBuildkitd(testbed: Testbed, work: Work): Promise<Buildkitd> {
  const left = readJson<ProcessIdentity>(stateFile())
  if (left) await stop(left, 10, work)
  await needCommands({ runc: 'runc', jq: 'jq' }, work)
  const directory = inCache('buildkit')
  await mkdir(directory, { recursive: true })
  const socket = path.join(directory, 'buildkitd.sock')
  await rm(socket, { force: true })
  const config = path.join(directory, 'buildkitd.toml')
  await writeFile(config, configText(testbed.imageMirrors))
  const args = ['--config', config, '--addr', `unix://${socket}`, '--root', path.join(directory, 'root'), '--containerd-worker=false']
  // The module proxy is reached as from this machine.
  args.push('--oci-worker-net', 'host', '--oci-worker-binary', await runtime(directory, work))
  const log = inCache('logs', 'buildkitd.log')
  const started = startDetached(await testbed.tool('buildkit'), args, log)
  await writeJson(stateFile(), started)
  const deadline = Date.now() + 20_000
  while (!existsSync(socket)) {
    if (!isAlive(started) || Date.now() > deadline) {
      throw new Failure({ what: 'buildkitd did not start', why: lastLines(log, 1)[0], where: log, details: lastLines(log, 20) })
    }
    await delay(50, undefined, { signal: work.signal })
  }
  return {
    address: `unix://${socket}`,
    stop: async () => {
      await stop(started, 10, work)
      await rm(stateFile(), { force: true })
    },
  }
}

/** runc, or what stands in front of it where no container may raise its limits. */
async function runtime(directory: string, work: Work): Promise<string> {
  if (mayRaiseLimits(readFileSync('/proc/self/status', 'utf8'))) return 'runc'
  const shim = path.join(directory, 'runc-without-sysresource')
  await copyFile(testbedFile('node/runc-without-sysresource'), shim)
  await exec('chmod', ['755', shim], work)
  return shim
}

/** Each registry has the mirror, which speaks HTTP. What is cached stays until it fills so much: the default would drop Go's caches after two days. */
export const configText = (mirrors: Readonly<Record<string, string>>): string =>
  [
    '[worker.oci]\n  gc = true\n  [[worker.oci.gcpolicy]]\n    all = true\n    maxUsedSpace = "12GB"\n',
    ...Object.entries(mirrors).map(([registry, url]) => `[registry."${registry}"]\n  mirrors = ["${new URL(url).host}"]\n`),
    ...[...new Set(Object.values(mirrors))].map(url => `[registry."${new URL(url).host}"]\n  http = ${url.startsWith('http:')}\n`),
  ].join('')
