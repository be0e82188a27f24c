/** Podman beside the engine: Debian's, its data and its configuration in the cache, so that a podman of the user's is not touched. */
import { readFileSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { exec } from '../../src/host/exec.ts'
import { Failure } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'
import { inCache, made } from './cache.ts'
import { mayRaiseLimits } from './engine.ts'
import { needCommands, onPath } from './host-packages.ts'
import { imageIn, RECIPE_LABEL } from './image.ts'
import { engineImages } from './menu.ts'
import { isAlive, lastLines, startDetached, stop } from './processes.ts'
import { testbedFile } from './recipe.ts'
import { usesUpstream } from './testbed.ts'

export interface Podman {
  /** By these every podman, and every kind that calls it, finds data and configuration. */
  readonly env: Readonly<Record<string, string>>
}

/** kind wants podman to be root's, unless the machine was set up for more. */
export const canHavePodman = (): boolean => process.getuid?.() === 0 && (onPath('podman') || onPath('apt-get'))

/** What is not in the cache, as it must not be there after a reboot. */
const RUN = '/run/capi-actions-testbed-podman'

const STORAGE = (data: string) => `[storage]
driver = "overlay"
graphroot = "${data}"
runroot = "${RUN}/storage"
[storage.options.overlay]
skip_mount_home = "true"
`

/** crun refuses a machine with both versions of cgroups, and no limit can be raised without the capability for it. `runtime`: node/runc-with-cgroupns. */
const inSandbox = (runtime: string) => `runtime = "${runtime}"
cgroup_manager = "cgroupfs"
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
`

const isSandbox = (): boolean => !mayRaiseLimits(readFileSync('/proc/self/status', 'utf8'))

const configuration = (networks: string, runtime: string): string => `[network]
network_config_dir = "${networks}"
[engine]
events_logger = "file"
tmp_dir = "${RUN}/libpod"
${isSandbox() ? inSandbox(runtime) : ''}`

/** Podman, with the images that users' engines would pull. It has no daemon: there is nothing to stop but its service, where that was started. */
export async function startPodman(work: Work): Promise<Podman> {
  await needCommands({ podman: 'podman', iptables: 'iptables', runc: 'runc', jq: 'jq' }, work)
  const file = (name: string) => inCache('podman', name)
  await mkdir(file('networks'), { recursive: true })
  // kind mounts it on nodes. Docker makes it where a machine has none, podman refuses.
  await mkdir('/lib/modules', { recursive: true })
  const env = { CONTAINERS_CONF: file('containers.conf'), CONTAINERS_STORAGE_CONF: file('storage.conf') }
  await writeFile(env.CONTAINERS_STORAGE_CONF, STORAGE(file('data')))
  // By this name podman knows that it speaks JSON.
  const runtime = file('runc')
  await copyFile(testbedFile('node/runc-with-cgroupns'), runtime)
  await writeFile(env.CONTAINERS_CONF, configuration(file('networks'), runtime))
  if (!usesUpstream()) for (const recipe of engineImages) await load(made(recipe), env, work)
  return { env }
}

/** Where root's podman has its socket, whatever its configuration (4.3.1, pkg/util/utils.go). */
const SOCKET = '/run/podman/podman.sock'

/** Seconds until a service that was started has to answer. */
const PATIENCE = 20

/** Podman's service at its socket, as `systemctl start podman.socket` gives it, for what speaks to it as to Docker. It goes when it is disposed of. */
export async function startPodmanService({ env }: Podman, work: Work): Promise<AsyncDisposable> {
  const answers = async () => {
    const args = ['--url', `unix://${SOCKET}`, 'version', '--format', '{{.Server.Version}}']
    return (await exec('podman', args, work, { env, allow: [125] })).exitCode === 0
  }
  if (await answers())
    throw new Failure({
      what: `a service of podman is at ${SOCKET}`,
      why: 'it has other containers',
      remedy: 'systemctl stop podman.socket',
    })
  await mkdir(path.dirname(SOCKET), { recursive: true, mode: 0o700 })
  const log = inCache('podman', 'service.log')
  const service = startDetached('podman', ['system', 'service', '--time=0', `unix://${SOCKET}`], log, { ...process.env, ...env })
  const deadline = Date.now() + PATIENCE * 1000
  while (!(await answers())) {
    if (!isAlive(service) || Date.now() > deadline)
      throw new Failure({ what: "podman's service does not answer", why: lastLines(log, 1)[0], where: log, details: lastLines(log, 20) })
    await delay(100, undefined, { signal: work.signal })
  }
  return {
    async [Symbol.asyncDispose]() {
      await stop(service, 10, work)
      await rm(SOCKET, { force: true })
    },
  }
}

/** Loads the image in `directory`, unless it is there. */
async function load(directory: string | undefined, env: Podman['env'], work: Work): Promise<void> {
  if (directory === undefined) return
  const { names, config } = imageIn(directory)
  const format = `{{index .Config.Labels ${JSON.stringify(RECIPE_LABEL)}}}`
  const there = await exec('podman', ['image', 'inspect', '--format', format, ...names], work, { env, allow: [125] })
  const key = config.Labels?.[RECIPE_LABEL] ?? ''
  if (there.stdout.split('\n').filter(line => line === key).length === names.length) return
  work.waiting(`loading ${names[0]} into podman`)
  await exec('sh', ['-ec', 'tar -C "$1" -cf - manifest.json blobs | podman image load --quiet', 'sh', directory], work, { env })
}
