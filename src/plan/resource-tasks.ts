/** What Tilt applies before or beside a provider, as it is: CRDs that it wants to find, what its manager is given to do. */
import { readFile } from 'node:fs/promises'
import { Failure, messageOf } from '../host/failure.ts'
import { applyAll } from '../kube/apply.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { Provider } from '../providers/provider.ts'
import type { DeployedProvider, Needed } from './deploy-tasks.ts'
import { type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** Manifests that Tilt applies before all managers: CRDs and configuration that a provider wants to find. */
export function beforeTask(provider: Provider, { settings }: Wanted, { management: { cluster, services }, checked }: Needed): Task {
  const docs = `Applies what ${provider.name} wants to find.`
  return task(`resources before ${provider.name}`, docs, [...checked, services, cluster], async work => {
    const objects = await rawObjects(provider.resources.before)
    await applyAll(work.of(cluster).kube, objects, { retryWebhooks: settings.timeout, crdTimeout: settings.timeout }, work)
  })
}

/** Manifests that Tilt applies beside a provider, such as the ExtensionConfig of the test extension. */
export function resourcesTask(
  provider: Provider,
  ready: Task<DeployedProvider>,
  first: readonly Task[],
  { settings }: Wanted,
  { management: { cluster } }: Needed,
): Task<DeployedProvider> {
  return task(`resources ${provider.name}`, `Applies what stands beside ${provider.name}.`, [ready, ...first, cluster], async work => {
    await applyAll(work.of(cluster).kube, await rawObjects(provider.resources.after), { retryWebhooks: settings.timeout }, work)
    return work.of(ready)
  })
}

/** Where `apply_provider_yaml` is false, Tilt applies these all the same. */
export function bareTask(provider: Provider, first: readonly Task[], wanted: Wanted, needed: Needed): Task {
  const { management, certManager } = needed
  const ground = provider.resources.before.length === 0 ? [] : [beforeTask(provider, wanted, needed)]
  const needs = [...needed.checked, ...ground, ...first, ...(certManager ? [certManager.ready] : []), management.services]
  const docs = `Applies what stands beside ${provider.name}, whose own manifests are left out.`
  return task(`resources ${provider.name}`, docs, [...needs, management.cluster], async work => {
    const { timeout } = wanted.settings
    const objects = await rawObjects(provider.resources.after)
    await applyAll(work.of(management.cluster).kube, objects, { retryWebhooks: timeout, crdTimeout: timeout }, work)
  })
}

/** As they are: Tilt substitutes nothing in them. */
const rawObjects = async (files: readonly string[]) =>
  (await Promise.all(files.map(async file => parseManifests(await readRaw(file), file)))).flat()

export const readRaw = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure({ what: `the manifests ${file} can't be read`, why: messageOf(cause), cause })
  })
