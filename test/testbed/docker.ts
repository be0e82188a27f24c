/** The container engine, through its command: what is ours in it, found by label. */
import { RUN_LABEL as PRODUCT_LABEL } from '../../src/cluster/registry.ts'
import { exec } from '../../src/host/exec.ts'
import type { Work } from '../../src/host/work.ts'
import { imageIn, parseImageName, RECIPE_LABEL } from './image.ts'

/** On every container that the test environment itself starts, so that those of a run that died are found. */
export const RUN_LABEL = 'capi-actions.testbed.run'

/** kind's label on every node container, and so on those of CAPD's machines: its value is the cluster's name. */
const KIND_LABEL = 'io.x-k8s.kind.cluster'

/** Runs docker; `allow` are exit codes that are no failure. */
export const docker = async (args: readonly string[], work: Work, allow: readonly number[] = []): Promise<string> =>
  (await exec('docker', args, work, { allow, timeout: 300 })).stdout.trim()

/** Whether an engine answers. */
export async function engineAnswers(work: Work): Promise<boolean> {
  try {
    await exec('docker', ['version', '--format', '{{.Server.Version}}'], work, { timeout: 10 })
    return true
  } catch (error) {
    if (work.signal.aborted) throw error
    return false
  }
}

/** Loads the image in `directory` into the engine, unless it is there. Says whether it had to. */
export async function loadImage(directory: string, work: Work): Promise<boolean> {
  const image = imageIn(directory)
  const key = image.config.Labels?.[RECIPE_LABEL] ?? ''
  const format = `{{index .Config.Labels ${JSON.stringify(RECIPE_LABEL)}}}`
  const short = image.names.map(shortName)
  const there = await docker(['image', 'inspect', '--format', format, ...short], work, [1])
  if (there.split('\n').filter(line => line === key).length === short.length) return false
  await exec('sh', ['-ec', 'tar -C "$1" -cf - manifest.json blobs | docker load', 'sh', directory], work)
  return true
}

/** The name under which Docker's own commands show an image. */
export const shortName = (name: string): string => {
  const { registry, repository, tag } = parseImageName(name)
  return registry === 'docker.io' ? `${repository.replace(/^library\//, '')}:${tag}` : name
}

/** Removes the containers that the test environment started. */
export async function removeOwnContainers(work: Work): Promise<void> {
  const ids = (await docker(['ps', '--all', '--quiet', '--filter', `label=${RUN_LABEL}`], work)).split('\n').filter(Boolean)
  if (ids.length > 0) await docker(['rm', '--force', '--volumes', ...ids], work)
}

/**
 * Removes the containers of management clusters whose name is `named`, all of them by default: kind's nodes, and what the product started
 * for them. Only for clusters whose run is over. Returns the clusters' names.
 */
export async function removeClusters(work: Work, named: (cluster: string) => boolean = () => true): Promise<string[]> {
  const found = await Promise.all([KIND_LABEL, PRODUCT_LABEL].map(label => containersByCluster(label, work)))
  const left = found.flat().filter(({ cluster }) => named(cluster))
  if (left.length > 0) await docker(['rm', '--force', '--volumes', ...new Set(left.map(({ id }) => id))], work)
  return [...new Set(left.map(({ cluster }) => cluster))].sort()
}

/** All containers with a label whose value is a cluster's name. */
async function containersByCluster(label: string, work: Work): Promise<{ id: string; cluster: string }[]> {
  const listed = await docker(['ps', '--all', '--filter', `label=${label}`, '--format', `{{.ID}} {{.Label "${label}"}}`], work)
  return listed
    .split('\n')
    .filter(Boolean)
    .map(line => ({ id: line.split(' ', 1)[0] ?? '', cluster: line.slice(line.indexOf(' ') + 1) }))
}
