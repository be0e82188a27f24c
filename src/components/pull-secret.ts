/** The Secret by which kubelets pull a provider's image, in the namespaces of the pods that run it. */
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { applyAll } from '../kube/apply.ts'
import type { Kube } from '../kube/connect.ts'
import { addPullSecret } from '../manifests/edits.ts'
import type { KubeObject } from '../manifests/object.ts'

export const PULL_SECRET = 'capi-actions-registry'

/** An image, and who pulls it. */
export interface PulledImage {
  /** Its registry, as Docker's configuration calls it: `ghcr.io`. */
  readonly server: string
  /** As the manifests name it. */
  readonly image: string
  readonly login: { readonly username: string; readonly secret: string; readonly identity?: true; readonly from: string }
}

/** @returns the objects with the secret's name on their pods; the secret is there by then. */
export async function applyPullSecrets(
  objects: readonly KubeObject[],
  { server, image, login }: PulledImage,
  kube: Kube,
  work: Work,
): Promise<readonly KubeObject[]> {
  if (login.identity)
    throw new Failure({
      what: `there is no pull secret for ${server}`,
      why: `${login.from} has an identity token, which kubelets cannot use`,
      remedy: 'set registry-username and registry-password, or pull-secret to false',
    })
  const edited = addPullSecret(objects, image, PULL_SECRET)
  const secrets = edited.namespaces.map(namespace => pullSecret(namespace, server, login.username, login.secret))
  await applyAll(kube, secrets, {}, work)
  return edited.objects
}

/** As `kubectl create secret docker-registry` makes it. Pure. */
export function pullSecret(namespace: string, server: string, username: string, password: string): KubeObject {
  const auth = base64(`${username}:${password}`)
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: PULL_SECRET, namespace },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths: { [server]: { username, password, auth } } })) },
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
