/** Where images go: the local registry that a run starts, or one that is somebody's, entered with a login. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../cluster/cluster.ts'
import { digestOnNodes, loadArchive } from '../cluster/load-image.ts'
import { ensureRegistry, type Registry } from '../cluster/registry.ts'
import type { TrustedRegistry } from '../cluster/registry-hosts.ts'
import type { PulledImage } from '../components/pull-secret.ts'
import { serverOf } from '../host/docker-config.ts'
import type { Recorder } from '../host/work.ts'
import { writeArchive } from '../images/archive.ts'
import { dockerLogin, type Login } from '../images/credentials.ts'
import type { Platform } from '../images/image.ts'
import { type Base, fetchBase } from '../images/push.ts'
import { parseReference, referenceText } from '../images/reference.ts'
import { apiRoot, RegistryClient } from '../images/registry-client.ts'
import type { ImageStore } from '../images/store.ts'
import type { Settings } from '../settings/settings.ts'
import type { Tool } from '../tools/install.ts'
import { type Task, type TaskWork, task } from './task.ts'

/** What images are pushed to, and pulled from. */
export interface ImageRegistry {
  /** What their references begin with: `localhost:5000`, `harbor.example.org/project`. */
  readonly address: string
  readonly client: ImageStore
  /** Of a registry that is somebody's: by which its images are read too. */
  readonly reader?: RegistryClient | undefined
  /** Nobody's where a registry asks for none. */
  readonly login: Login | undefined
  /** The one that the run starts, where it is that. */
  readonly local: Registry | undefined
}

/** @param settings Of a run whose images go to a registry that is there. */
export function remoteRegistryTask(
  address: string,
  { registryUsername, registryPassword, registryCa, environment }: Settings,
): Task<ImageRegistry> {
  const { host } = trusted(address, registryCa)
  const docs = `Logs in to ${host}, where images go to ${address}, if there is a login for it.`
  return task('registry', docs, [], async work => {
    const said =
      registryUsername === undefined || registryPassword === undefined
        ? undefined
        : { username: registryUsername, secret: registryPassword, from: 'registry-username and registry-password' }
    const login = said ?? (await dockerLogin(host, environment, work))
    const client = new RegistryClient({}, { host: new URL(apiRoot(host, {})).host, login, ca: registryCa })
    await client.logIn(host, work)
    work.log(login === undefined ? `nobody logs in to ${host}` : `logged in to ${host} as ${login.username}, by ${login.from}`)
    return { address, client, reader: client, login, local: undefined }
  })
}

/** A remote registry as nodes have to know it. */
export const trusted = (address: string, ca?: string): TrustedRegistry => ({ host: address.split('/')[0] ?? address, ca })

/** By which login an image is pulled, where it is in a registry that we log in to. */
export function pullsOf({ registry: address }: Settings, registry: Task<ImageRegistry>) {
  if (address === undefined) return { needs: [], loginFor: () => undefined }
  const { host } = trusted(address)
  return {
    needs: [registry],
    loginFor: (image: string, work: Pick<TaskWork, 'of'>): PulledImage | undefined => {
      const { login } = work.of(registry)
      return login === undefined || parseReference(image).registry !== host ? undefined : { server: serverOf(host), image, login }
    },
  }
}

export const localRegistryTask = (settings: Settings, record: Recorder, engine: Task): Task<ImageRegistry> => {
  const { clusterName: cluster, registryName: name, registryPort: port, registryImage: image } = settings
  return task('registry', `Starts the image registry ${name} on 127.0.0.1:${port}.`, [engine], async work => {
    const local = await ensureRegistry({ name, port, image, cluster }, record, work)
    if (!local.made) work.unchanged(`${name} runs`)
    return { address: local.address, client: new RegistryClient(), login: undefined, local }
  })
}

/** What references of loaded images begin with: no registry has this name, so that a node which has not got one is given none by somebody else. */
const LOADED = 'capi-actions.local'

/** The nodes themselves instead of a registry. */
export function loadingTask(
  { clusterName, cacheDir }: Settings,
  kind: Task<Tool>,
  cluster: Task<Pick<Cluster, 'nodes'>>,
): Task<ImageRegistry> {
  const docs = `Asks for the nodes of ${clusterName}, which images are loaded into.`
  return task('nodes to load', docs, [kind, cluster], async work => {
    const { path } = work.of(kind)
    const { nodes } = work.of(cluster)
    const client: ImageStore = {
      called: 'every node',
      digestOf: (reference, asking) => digestOnNodes(nodes, referenceText(reference), asking),
      put: async (reference, image, putting) => {
        await mkdir(cacheDir, { recursive: true })
        const folder = await mkdtemp(join(cacheDir, 'load-'))
        const archive = join(folder, 'image.tar')
        try {
          await writeArchive(reference, image, archive, putting)
          await loadArchive(path, clusterName, archive, putting)
        } finally {
          await rm(folder, { recursive: true, force: true })
        }
      },
    }
    return { address: LOADED, client, login: undefined, local: undefined }
  })
}

/** The image on which managers are placed: from a registry that we log in to as somebody, from any other as anybody. */
export function baseTask(
  { baseImage, registry: remote, imageMirrors, cacheDir }: Settings,
  platform: Platform,
  registry: Task<ImageRegistry>,
  first: readonly Task[],
): Task<Base> {
  const docs = `Fetches ${baseImage} for ${platform.os}/${platform.architecture}.`
  const isThere = remote !== undefined && trusted(remote).host === parseReference(baseImage).registry
  return task('base image', docs, [...first, ...(isThere ? [registry] : [])], work => {
    const client = (isThere ? work.of(registry).reader : undefined) ?? new RegistryClient(imageMirrors)
    return fetchBase(baseImage, platform, cacheDir, client, work)
  })
}
