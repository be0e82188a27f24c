/** A chart as helm installs it, with its hooks: one release, that can be taken back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { Kube } from '../kube/connect.ts'
import { waitFor } from '../kube/wait.ts'
import type { KubeObject } from '../manifests/object.ts'
import { parseManifests } from '../manifests/yaml.ts'
import { podsOfAll } from './add-on.ts'

/** Where a release is, and the helm that knows it. */
export interface ReleasePlace {
  /** The command. */
  readonly helm: string
  readonly name: string
  readonly namespace: string
  readonly kubeconfig: string
  readonly context: string
}

export interface Release extends ReleasePlace {
  readonly chart: string
  readonly repo: string | undefined
  readonly version: string | undefined
  /** Files, or mappings; later ones win. */
  readonly values: readonly (string | Readonly<Record<string, unknown>>)[]
  readonly set: Readonly<Record<string, string | number | boolean>>
  readonly wait: boolean
  /** Seconds. */
  readonly timeout: number
}

/** Seconds that helm gets beyond its own limit, to fetch a chart and to say what went wrong. */
const BEYOND = 120

const placeOf = ({ namespace, kubeconfig, context }: ReleasePlace): string[] => [
  ...['--namespace', namespace],
  ...['--kubeconfig', kubeconfig, '--kube-context', context],
]

/** What finds the chart. */
const sourceOf = ({ chart, repo, version }: Release): string[] => [
  chart,
  ...(repo === undefined ? [] : ['--repo', repo]),
  ...(version === undefined ? [] : ['--version', version]),
]

/** helm reads commas and backslashes in a value of --set as its own. */
const escaped = (value: string): string => value.replaceAll(/[\\,]/g, String.raw`\$&`)

/** @param files Of values, in their order. Pure. */
export function upgradeArgs(release: Release, files: readonly string[]): string[] {
  const set = Object.entries(release.set).flatMap(([key, value]) =>
    typeof value === 'string' ? ['--set-string', `${key}=${escaped(value)}`] : ['--set', `${key}=${value}`],
  )
  return [
    ...['upgrade', '--install', release.name, ...sourceOf(release), ...placeOf(release)],
    ...files.flatMap(file => ['--values', file]),
    ...set,
    ...(release.wait ? ['--wait', '--wait-for-jobs'] : []),
    ...['--timeout', `${release.timeout}s`],
  ]
}

/** Whether helm knows a release of this name there. */
export async function isInstalled(place: ReleasePlace, work: Work): Promise<boolean> {
  const { stdout } = await exec(place.helm, ['list', '--all', '--short', ...placeOf(place)], work)
  return stdout.split('\n').includes(place.name)
}

/** Objects of the chart's own folder `crds`, which helm makes and never takes back. */
export async function crdsOfChart(release: Release, work: Work): Promise<readonly KubeObject[]> {
  const { stdout } = await asked(release, ['show', 'crds', ...sourceOf(release)], work)
  return parseManifests(stdout, `CRDs of chart ${release.chart}`)
}

/**
 * Installs a release, or brings one that is there to what is asked for.
 * @throws Failure with helm's own error, and with the pods that were not ready.
 */
export async function installRelease(release: Release, kube: Kube, work: Work): Promise<void> {
  // Values that stand inline may hold secrets: on no command line, and gone afterwards.
  const folder = await mkdtemp(join(tmpdir(), 'helm-values-'))
  try {
    await asked(release, upgradeArgs(release, await filesOf(release, folder)), work)
  } catch (error) {
    work.signal.throwIfAborted()
    throw error instanceof Failure ? await explained(release, error, kube, work) : error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const filesOf = ({ values }: Release, folder: string): Promise<string[]> =>
  Promise.all(
    values.map(async (said, index) => {
      if (typeof said === 'string') return said
      const file = join(folder, `${index}.json`)
      // JSON is YAML too.
      await writeFile(file, JSON.stringify(said), { mode: 0o600 })
      return file
    }),
  )

async function asked(release: Release, args: readonly string[], work: Work) {
  try {
    return await exec(release.helm, args, work, { timeout: release.timeout + BEYOND })
  } catch (error) {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    const why = (error.why ?? error.what).replace(/^Error: /, '')
    const what = `chart ${release.name} cannot be installed`
    throw new Failure({ what, why, where: release.chart, remedy: remedyFor(why, release), details: error.details, cause: error })
  }
}

const TIME_IS_UP = /timed out|deadline exceeded|not ready/i
const HOOK_FAILED = /failed (pre|post)-|job failed|BackoffLimitExceeded/i

/** helm says only that time was up, or that a Job failed: of which pods that is, and why, the cluster says. */
async function explained(release: Release, error: Failure, kube: Kube, work: Work): Promise<Failure> {
  const { name, namespace, timeout } = release
  const why = error.why ?? ''
  const hooks = HOOK_FAILED.test(why)
  if (!hooks && !(release.wait && TIME_IS_UP.test(why))) return error
  const { stdout } = await exec(release.helm, ['get', hooks ? 'hooks' : 'manifest', name, ...placeOf(release)], work, { allow: [1] })
  const objects = parseManifests(stdout, `what helm has of ${name}`)
  const placed = objects.map(one => ({ ...one, metadata: { ...one.metadata, namespace: one.metadata.namespace ?? namespace } }))
  try {
    await waitFor(podsOfAll(placed), kube, { timeout: 0, subject: `chart ${name}` }, work)
    return error
  } catch (found) {
    work.signal.throwIfAborted()
    if (!(found instanceof Failure)) throw found
    const what = hooks ? `a hook of chart ${name} failed` : `chart ${name} is not ready after ${timeout} s`
    // A chart may have its Jobs deleted as soon as they are done.
    if (hooks && found.details.length === 0) return error
    // It was asked once, whatever time helm has taken.
    const reason = found.message.replace(`chart ${name}: `, '').replace(' after 0 s', '')
    return new Failure({ what, why: reason, remedy: found.remedy, where: error.where, details: found.details, cause: error })
  }
}

function remedyFor(why: string, { name, namespace, repo, chart }: Release): string | undefined {
  if (/another operation .* is in progress/.test(why)) return `a run was cut short: helm uninstall ${name} --namespace ${namespace}`
  if (/(path|chart) ".*" not found|no such file|Chart\.yaml file is missing/.test(why) && repo === undefined && !chart.includes('://'))
    return 'say a folder with a Chart.yaml, an archive, oci://…, or `repo` beside the name of the chart'
  if (/looks like .* is not a valid chart repository|dial tcp|no such host|failed to fetch|cannot reach/i.test(why))
    return 'check that this machine reaches the repository of the chart'
  if (/invalid ownership metadata/.test(why))
    return 'delete what is there of this name, or install the chart under the name that it was installed by'
  return undefined
}

/** @returns false where there was none. */
export async function uninstallRelease(place: ReleasePlace, timeout: number, work: Work): Promise<boolean> {
  if (!(await isInstalled(place, work))) return false
  const args = ['uninstall', place.name, ...placeOf(place), '--wait', '--timeout', `${timeout}s`]
  await exec(place.helm, args, work, { timeout: timeout + BEYOND })
  return true
}
