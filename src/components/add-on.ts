/** Objects of the user beside the providers: applied whenever what they rest on comes, and the checks that say that they work. */
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { applyAll } from '../kube/apply.ts'
import { deploymentAvailable, jobComplete, podsReady } from '../kube/checks.ts'
import type { Kube } from '../kube/connect.ts'
import { type Check, waitFor } from '../kube/wait.ts'
import type { KubeObject } from '../manifests/object.ts'
import { providerReady, type RenderedProvider } from './provider.ts'

/** A subset of what a provider is: what it brings may have webhooks too. */
export type AddOn = Pick<RenderedProvider, 'name' | 'objects'>

/** All pods that these objects ask for are ready, and Jobs done. */
export const podsOfAll = (objects: readonly KubeObject[]): readonly Check[] =>
  objects.flatMap(({ kind, metadata: { name, namespace = 'default' } }) => {
    if (kind === 'Deployment') return [deploymentAvailable(namespace, name)]
    if (kind === 'StatefulSet' || kind === 'DaemonSet') return [podsReady(kind, namespace, name)]
    return kind === 'Job' ? [jobComplete(namespace, name)] : []
  })

/** Kinds and webhooks that others bring are waited for, `timeout` seconds. */
export async function applyAddOn({ name, objects }: AddOn, timeout: number, kube: Kube, work: Work): Promise<void> {
  if (objects.length === 0)
    throw new Failure({
      what: `${name} has no objects`,
      why: 'there would be nothing to apply',
      remedy: 'add resources to it, or leave it out',
    })
  await applyAll(kube, objects, { crdTimeout: timeout, retryWebhooks: timeout, retryKinds: timeout }, work)
}

/** @throws Failure when it is not ready after `timeout` seconds, or sooner where it never will be. */
export async function awaitAddOn(addOn: AddOn, timeout: number, kube: Kube, work: Work): Promise<void> {
  const [first = [], ...others] = providerReady(addOn)
  const stages = [[...first, ...podsOfAll(addOn.objects.filter(({ kind }) => kind !== 'Deployment'))], ...others]
  for (const stage of stages) await waitFor(stage, kube, { timeout, subject: addOn.name }, work)
}
