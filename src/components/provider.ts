/** One rendered provider: its CRDs, the rest of it, and the checks that say that it works. */
import type { Work } from '../host/work.ts'
import { type Applied, applyAll } from '../kube/apply.ts'
import { conditionTrue, deploymentAvailable } from '../kube/checks.ts'
import type { Kube } from '../kube/connect.ts'
import { isCrd } from '../kube/crds.ts'
import { containersStarted } from '../kube/started.ts'
import { type Check, waitFor } from '../kube/wait.ts'
import { caBundleInjected, isWebhookConfiguration, wantsCaBundle, webhookAnswers } from '../kube/webhooks.ts'
import type { KubeObject } from '../manifests/object.ts'

export interface RenderedProvider {
  /** As users name it: `docker`. */
  readonly name: string
  /** After all edits; the clusterctl inventory object is one of them. */
  readonly objects: readonly KubeObject[]
  /** Where an object was written, for errors. */
  readonly sourceOf?: (object: KubeObject) => string | undefined
}

/** Namespaces and CRDs, until they are Established: at most `timeout` seconds. Needs nothing of the cluster. */
export const applyCrds = (provider: RenderedProvider, timeout: number, kube: Kube, work: Work): Promise<readonly Applied[]> =>
  applyAll(kube, provider.objects.filter(isGround), { crdTimeout: timeout, ...sources(provider) }, work)

/**
 * What pods stand on: RBAC, Services, Certificates until they are Ready. Needs cert-manager's CRDs and its webhook, and waits for the latter, `timeout` seconds as for
 * the Certificates. Pods come after the Certificates whose Secrets they mount: the kubelet's pauses between tries to mount double (seen: 16 s instead of 5 until a
 * provider was ready).
 */
export async function applyFoundation(provider: RenderedProvider, timeout: number, kube: Kube, work: Work): Promise<void> {
  const first = provider.objects.filter(object => !isGround(object) && !isLate(object))
  await applyAll(kube, first, { retryWebhooks: timeout, ...sources(provider) }, work)
  await waitFor(first.filter(isCertificate).map(certificateReady), kube, { timeout, subject: `provider ${provider.name}` }, work)
}

/** The pods, with their images, and what makes the API server call them. */
export async function deploy(provider: RenderedProvider, timeout: number, kube: Kube, work: Work): Promise<void> {
  await applyAll(kube, provider.objects.filter(isLate), { retryWebhooks: timeout, ...sources(provider) }, work)
}

/** Pods, and configurations that make the API server call them. */
const isLate = (object: KubeObject): boolean =>
  ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind) || isWebhookConfiguration(object)

const isCertificate = ({ apiVersion, kind }: KubeObject): boolean => kind === 'Certificate' && apiVersion.startsWith('cert-manager.io/')

const certificateReady = ({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): Check =>
  conditionTrue({ apiVersion, kind, name, namespace }, 'Ready')

const isGround = (object: KubeObject): boolean => isCrd(object) || object.kind === 'Namespace'

const sources = ({ sourceOf }: RenderedProvider) => (sourceOf ? { sourceOf } : {})

/**
 * What says that a provider works, in stages: its Deployments and the CA bundles of its webhook configurations; then those of CRD conversions, of dozens of
 * CRDs of up to 0.5 MB, which by then have what they wait for and are asked once; and one webhook that answers.
 */
export function providerReady({ objects }: RenderedProvider): readonly (readonly Check[])[] {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment')
  const bundled = objects.filter(wantsCaBundle)
  const answers = webhookAnswers(objects.filter(isWebhookConfiguration))
  return [
    [
      ...deployments.map(({ metadata }) => deploymentAvailable(metadata.namespace ?? 'default', metadata.name)),
      ...bundled.filter(isWebhookConfiguration).map(caBundleInjected),
    ],
    [...bundled.filter(isCrd).map(caBundleInjected), ...(answers ? [answers] : [])],
  ]
}

/** @throws Failure when the provider is not ready after `timeout` seconds, or sooner where it never will be. */
export async function awaitProvider(provider: RenderedProvider, until: Until, timeout: number, kube: Kube, work: Work): Promise<void> {
  const wait = { timeout, subject: `provider ${provider.name}` }
  for (const stage of stagesOf(provider, until)) await waitFor(stage, kube, wait, work)
}

type Until = 'available' | 'started' | 'none'

function stagesOf(provider: RenderedProvider, until: Until): readonly (readonly Check[])[] {
  if (until === 'none') return []
  if (until === 'available') return providerReady(provider)
  const deployments = provider.objects.filter(({ kind }) => kind === 'Deployment')
  return [deployments.map(({ metadata }) => containersStarted(metadata.namespace ?? 'default', metadata.name))]
}
