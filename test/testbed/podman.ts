/** Podman beside the engine: Debian's, its data and its configuration in the cache, so that a podman of the user's is not touched. */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { exec } from '../../src/host/exec.ts'
import type { Work } from '../../src/host/work.ts'
import { inCache, made } from './cache.ts'
import { mayRaiseLimits } from './engine.ts'
import { needCommands, onPath } from './host-packages.ts'
import { imageIn, RECIPE_LABEL } from './image.ts'
import { engineImages } from './menu.ts'
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

/** crun refuses a machine with both versions of cgroups, and no limit can be raised without the capability for it. */
const IN_SANDBOX = `runtime = "runc"
cgroup_manager = "cgroupfs"
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
`

function configuration(networks: string): string {
  const sandbox = mayRaiseLimits(readFileSync('/proc/self/status', 'utf8')) ? '' : IN_SANDBOX
  return `[network]
network_config_dir = "${networks}"
[engine]
events_logger = "file"
tmp_dir = "${RUN}/libpod"
${sandbox}`
}

/** Podman, with the images that users' engines would pull. It has no daemon: there is nothing to stop. */
export async function startPodman(work: Work): Promise<Podman> {
  await needCommands({ podman: 'podman', iptables: 'iptables', runc: 'runc' }, work)
  const file = (name: string) => inCache('podman', name)
  await mkdir(file('networks'), { recursive: true })
  // kind mounts it on nodes. Docker makes it where a machine has none, podman refuses.
  await mkdir('/lib/modules', { recursive: true })
  const env = { CONTAINERS_CONF: file('containers.conf'), CONTAINERS_STORAGE_CONF: file('storage.conf') }
  await writeFile(env.CONTAINERS_STORAGE_CONF, STORAGE(file('data')))
  await writeFile(env.CONTAINERS_CONF, configuration(file('networks')))
  if (!usesUpstream()) for (const recipe of engineImages) await load(made(recipe), env, work)
  return { env }
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
