/** Which path an object of a kind has: plural and scope as the API server's discovery tells them, remembered per group version. */
import { Failure } from '../host/failure.ts'
import { isNotFound } from './api-error.ts'

export interface Resource {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[]
}

interface ApiGroup {
  readonly preferredVersion: { readonly groupVersion: string }
}

export type Read = <T>(path: string, signal: AbortSignal) => Promise<T>

export class Discovery {
  readonly #read: Read
  readonly #known = new Map<string, Promise<readonly Resource[]>>()

  constructor(read: Read) {
    this.#read = read
  }

  /** All resources (without subresources) of a group version, asked afresh; none where the group version is not served. */
  resourcesOf(apiVersion: string, signal: AbortSignal): Promise<readonly Resource[]> {
    const asked = this.#ask(apiVersion, signal)
    this.#known.set(apiVersion, asked)
    asked.catch(() => this.#known.delete(apiVersion))
    return asked
  }

  /** The resource of a kind; a kind that was not there when last asked is asked again, as its CRD may have come since. */
  find(apiVersion: string, kind: string, signal: AbortSignal): Promise<Resource | undefined> {
    return this.#findBy(apiVersion, resource => resource.kind === kind, signal)
  }

  findByPlural(apiVersion: string, plural: string, signal: AbortSignal): Promise<Resource | undefined> {
    return this.#findBy(apiVersion, resource => resource.plural === plural, signal)
  }

  /** @throws Failure where the kind is not served. */
  async get(apiVersion: string, kind: string, signal: AbortSignal): Promise<Resource> {
    const found = await this.find(apiVersion, kind, signal)
    if (found) return found
    throw new Failure({
      what: `the cluster has no kind ${kind} in ${apiVersion}`,
      remedy: apiVersion.startsWith('cert-manager.io/')
        ? 'cert-manager must be there first: it is deployed unless `cert-manager` (deploy_cert_manager in tilt-settings) is false'
        : 'its CustomResourceDefinition must be installed first, with this version served',
    })
  }

  /** The group version that the API server prefers (`cluster.x-k8s.io` → `cluster.x-k8s.io/v1beta2`), or undefined for a group it does not serve. */
  async preferred(group: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      return (await this.#read<ApiGroup>(`/apis/${group}`, signal)).preferredVersion.groupVersion
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async #findBy(apiVersion: string, wanted: (resource: Resource) => boolean, signal: AbortSignal): Promise<Resource | undefined> {
    const known = this.#known.get(apiVersion)
    const found = (await (known ?? this.resourcesOf(apiVersion, signal))).find(wanted)
    return found ?? (known ? (await this.resourcesOf(apiVersion, signal)).find(wanted) : undefined)
  }

  async #ask(apiVersion: string, signal: AbortSignal): Promise<readonly Resource[]> {
    try {
      const list = await this.#read<ApiResourceList>(rootOf(apiVersion), signal)
      return list.resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ name, kind, namespaced }) => ({ apiVersion, kind, plural: name, namespaced }))
    } catch (error) {
      if (isNotFound(error)) return []
      throw error
    }
  }
}

/** `/api/v1`, `/apis/apps/v1`. */
const rootOf = (apiVersion: string): string => (apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`)

/** The path of an object, or of a list where no name is given; of all namespaces where a namespaced kind gets none. */
export function pathOf(resource: Resource, namespace?: string, name?: string): string {
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${rootOf(resource.apiVersion)}${scope}/${resource.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
}
