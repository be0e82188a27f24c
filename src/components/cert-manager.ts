/**
 * What runs in a management cluster: cert-manager and providers, applied and proven to work. This file is cert-manager.
 *
 * It carries clusterctl's labels and version annotation, so that clusterctl takes it for its own (`upgrade plan` lists it).
 */
import type { Work } from '../host/work.ts'
import { type Applied, applyAll } from '../kube/apply.ts'
import { accepts, deploymentAvailable } from '../kube/checks.ts'
import type { Kube } from '../kube/connect.ts'
import { isCrd } from '../kube/crds.ts'
import type { Deployment } from '../kube/objects.ts'
import { list } from '../kube/read.ts'
import { type Check, waitFor } from '../kube/wait.ts'
import { caBundleInjected, wantsCaBundle } from '../kube/webhooks.ts'
import { probeWhileStarting } from '../manifests/edits.ts'
import type { KubeObject } from '../manifests/object.ts'

/** Where a release's manifest is. `version` as `v1.19.1`. */
export const certManagerManifestUrl = (version: string): string =>
  `https://github.com/cert-manager/cert-manager/releases/download/${version}/cert-manager.yaml`

/** clusterctl's names (cmd/clusterctl/api/v1alpha3/labels.go and annotations.go of Cluster API). */
const CLUSTERCTL_LABEL = 'clusterctl.cluster.x-k8s.io'
const CLUSTERCTL_CORE_LABEL = 'clusterctl.cluster.x-k8s.io/core'
const VERSION_ANNOTATION = 'cert-manager.clusterctl.cluster.x-k8s.io/version'

/** The release manifest's objects with clusterctl's labels and version, its pods asked every second while they start. */
export const editCertManager = (objects: readonly KubeObject[], version: string): readonly KubeObject[] =>
  objects.map(probeWhileStarting).map(object => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, [CLUSTERCTL_LABEL]: '', [CLUSTERCTL_CORE_LABEL]: 'cert-manager' },
      annotations: { ...object.metadata.annotations, [VERSION_ANNOTATION]: version },
    },
  }))

/** Objects whose dry-run passes cert-manager's webhook only when its API, Service, certificate and CA bundle all work; clusterctl's probe, unstored. */
const probeIssuer: KubeObject = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Issuer',
  metadata: { name: 'capi-actions-probe', namespace: 'default' },
  spec: { selfSigned: {} },
}

const probeCertificate: KubeObject = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: 'capi-actions-probe', namespace: 'default' },
  spec: { dnsNames: ['example.com'], secretName: 'capi-actions-probe-tls', issuerRef: { name: 'capi-actions-probe' } },
}

const probes: readonly Check[] = [accepts(probeIssuer), accepts(probeCertificate)]

/** What says that an installed cert-manager works: its Deployments, its CA bundles, and an Issuer and a Certificate that its webhook takes. */
export const certManagerReady = (objects: readonly KubeObject[]): readonly Check[] => [
  ...objects
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata }) => deploymentAvailable(metadata.namespace ?? 'cert-manager', metadata.name)),
  ...objects.filter(wantsCaBundle).map(caBundleInjected),
  ...probes,
]

/** Seconds that a cert-manager that is there but does not answer gets to start, before ours is applied over it. */
const GRACE = 60

/**
 * The version of a cert-manager that is in the cluster and works, or undefined. One that is still starting is waited for: clusterctl's
 * one-shot probe installs a second one on top of it (Cluster API issue 13485).
 */
export async function installedCertManager(kube: Kube, work: Work): Promise<string | undefined> {
  const labels = { 'app.kubernetes.io/name': 'webhook', 'app.kubernetes.io/component': 'webhook' }
  const deployments = await list<Deployment>(kube, { apiVersion: 'apps/v1', kind: 'Deployment', labels }, work.signal)
  const webhook = deployments.find(({ metadata }) => metadata.name.includes('cert-manager'))
  if (!webhook) return undefined
  try {
    await waitFor(probes, kube, { timeout: GRACE, subject: 'the cert-manager in this cluster' }, work)
  } catch (error) {
    work.signal.throwIfAborted()
    work.log(`there is a cert-manager in the cluster that does not answer: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
  return versionOf(webhook)
}

/** The version as clusterctl noted it, else as the chart labels it. */
const versionOf = ({ metadata }: KubeObject): string =>
  metadata.annotations?.[VERSION_ANNOTATION] ?? metadata.labels?.['app.kubernetes.io/version'] ?? 'of unknown version'

/** CRDs alone, until they are Established: providers' objects need no more than these to be applied after. */
export const applyCertManagerCrds = (
  objects: readonly KubeObject[],
  timeout: number,
  kube: Kube,
  work: Work,
): Promise<readonly Applied[]> => applyAll(kube, objects.filter(isCrd), { crdTimeout: timeout }, work)

/** Everything but the CRDs. */
export const applyCertManager = (objects: readonly KubeObject[], kube: Kube, work: Work): Promise<readonly Applied[]> =>
  applyAll(
    kube,
    objects.filter(object => !isCrd(object)),
    {},
    work,
  )

export const awaitCertManager = (objects: readonly KubeObject[], timeout: number, kube: Kube, work: Work): Promise<void> =>
  waitFor(certManagerReady(objects), kube, { timeout, subject: 'cert-manager' }, work)
