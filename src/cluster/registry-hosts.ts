/** What the nodes' containerd is told about registries, as certs.d files: https://github.com/containerd/containerd/blob/main/docs/hosts.md */
import { dirname } from 'node:path'
import { Failure } from '../host/failure.ts'
import type { Recorder, Work } from '../host/work.ts'
import { docker, findContainer, requireEngine } from './engine.ts'
import { CERTS_DIRECTORY } from './kind-config.ts'
import { findNetwork, kindNetwork } from './network.ts'
import { REGISTRY_PORT, type Registry } from './registry.ts'

/** A registry that is not ours, as nodes have to know of it. */
export interface TrustedRegistry {
  /** As image references have it: `harbor.example.org:8443`. */
  readonly host: string
  /** Certificates that it is trusted by beside the usual ones, as PEM. */
  readonly ca?: string | undefined
}

/** Base URL of a mirror for each registry host (`docker.io`, `registry.k8s.io`, …). */
export type ImageMirrors = Readonly<Record<string, string>>

/**
 * Joins the registry, where there is one, to the nodes' network and tells every node's containerd how to reach it, and which mirrors to use. A mirror on this machine's
 * loopback address is reached by nodes at the network's gateway.
 */
export async function connectRegistry(
  cluster: { readonly nodes: readonly string[] },
  registry: Registry | undefined,
  mirrors: ImageMirrors,
  record: Recorder,
  work: Work,
): Promise<void> {
  const network = kindNetwork()
  if (registry !== undefined) await joinNetwork(registry, network, record, work)
  const known = registry && (await asNodesKnowIt(registry, network, work))
  const files = hostsFiles(known, mirrors, await hostFor(mirrors, network, work))
  if (files.size > 0) await Promise.all(cluster.nodes.map(node => writeHosts(node, files, work)))
}

async function joinNetwork(registry: Registry, network: string, record: Recorder, work: Work): Promise<void> {
  const container = await findContainer(registry.container, work)
  if (!container?.networks.includes(network)) {
    // One that we made goes as a whole.
    if (!registry.made) await record({ kind: 'connection', network, container: registry.container })
    await docker(['network', 'connect', network, registry.container], work)
  }
}

/** By its name, or by its address where the network tells nobody names. */
async function asNodesKnowIt(registry: Registry, network: string, work: Work): Promise<Registry> {
  if ((await findNetwork(network, work))?.knowsNames !== false) return registry
  const address = (await findContainer(registry.container, work))?.addresses[network]
  return address ? { ...registry, inCluster: `http://${address}:${REGISTRY_PORT}` } : registry
}

/** The same where images go to a registry that nodes reach by its own name: they are told which certificates to trust. */
export async function connectTrusted(
  cluster: { readonly nodes: readonly string[] },
  registry: TrustedRegistry,
  mirrors: ImageMirrors,
  work: Work,
): Promise<void> {
  const files = trustedFiles(registry, mirrors, await hostFor(mirrors, kindNetwork(), work))
  if (files.size > 0) await Promise.all(cluster.nodes.map(node => writeHosts(node, files, work)))
}

const hostFor = async (mirrors: ImageMirrors, network: string, work: Work): Promise<string | undefined> =>
  Object.values(mirrors).some(isLoopback) ? hostAsNodesSeeIt(network, work) : undefined

/** Files below certs.d, by their path. `host` is what nodes call this machine. */
export function hostsFiles(
  registry: Pick<Registry, 'address' | 'inCluster'> | undefined,
  mirrors: ImageMirrors,
  host: string | undefined,
): Map<string, string> {
  // As the server too: containerd would else go on to ask the node's own localhost, and show that error. As a host, because containerd 1.6 reads
  // no file without a host table ("invalid `host` tree").
  const own = registry && hostsToml(registry.inCluster, [{ url: registry.inCluster }])
  return new Map([...(registry && own ? [[hostsFile(registry.address), own] as const] : []), ...mirrorFiles(mirrors, host)])
}

/** The same for a registry that is not ours: what a mirror of it doesn't have comes from itself. */
export function trustedFiles({ host: name, ca }: TrustedRegistry, mirrors: ImageMirrors, host: string | undefined): Map<string, string> {
  const files = mirrorFiles(mirrors, host)
  if (ca === undefined) return files
  const certificates = `${requireHost(name)}/ca.crt`
  const mirror = mirrors[name] === undefined ? [] : [{ url: forNodes(mirrors[name], host) }]
  const own = { url: upstream(name), ca: certificates }
  return files.set(hostsFile(name), hostsToml(upstream(name), [...mirror, own])).set(certificates, `${ca.trim()}\n`)
}

const mirrorFiles = (mirrors: ImageMirrors, host: string | undefined): Map<string, string> =>
  new Map(
    Object.entries(mirrors).map(([name, mirror]) => [
      hostsFile(requireHost(name)),
      hostsToml(upstream(name), [{ url: forNodes(mirror, host) }]),
    ]),
  )

const hostsFile = (name: string): string => `${name}/hosts.toml`

/** Docker Hub's API is not at the name that image references have. */
const upstream = (name: string): string => (name === 'docker.io' ? 'https://registry-1.docker.io' : `https://${name}`)

/** `ca` is a file, by its path below certs.d. */
function hostsToml(server: string, hosts: readonly { readonly url: string; readonly ca?: string }[]): string {
  const tables = hosts.map(({ url, ca }) => {
    // containerd appends /v2 to a path unless it is told that the path is the API's root already.
    const override = /\/v2(\/|$)/.test(new URL(url).pathname) ? '  override_path = true\n' : ''
    // A path that is not absolute begins where the file lies.
    return `[host."${url}"]\n  capabilities = ["pull", "resolve"]\n${override}${ca ? `  ca = "${ca.split('/').at(-1)}"\n` : ''}`
  })
  return `server = "${server}"\n${tables.join('')}`
}

function requireHost(name: string): string {
  if (/^[a-z0-9.-]+(:\d+)?$/i.test(name)) return name
  throw new Failure({
    what: `${name} is no registry host`,
    why: 'a mirror is set for it',
    remedy: 'name hosts as image references do: docker.io, localhost:5000',
  })
}

/** The mirror's URL as nodes can use it: without a final slash, and with loopback addresses replaced. */
function forNodes(mirror: string, host: string | undefined): string {
  const url = requireUrl(mirror)
  if (host !== undefined && isLoopback(mirror)) url.hostname = host
  return url.href.replace(/\/$/, '')
}

function requireUrl(mirror: string): URL {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new Failure({ what: `image mirror ${mirror} is no URL`, remedy: 'write it with its scheme: http://… or https://…' })
}

const isLoopback = (mirror: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(requireUrl(mirror).hostname)

async function hostAsNodesSeeIt(network: string, work: Work): Promise<string> {
  const engine = await requireEngine(work)
  // The gateway of a network in Docker Desktop, or a machine of podman, is that virtual machine, not this one.
  if (engine.hostName !== undefined) return engine.hostName
  const gateway = (await findNetwork(network, work))?.gateway
  if (gateway) return gateway
  throw new Failure({
    what: `an image mirror on localhost cannot be reached from network ${network}`,
    why: 'the network has no IPv4 gateway',
    remedy: 'set the mirror with an address that containers reach',
  })
}

async function writeHosts(node: string, files: ReadonlyMap<string, string>, work: Work): Promise<void> {
  const directory = await certsDirectory(node, work)
  if (directory === undefined) throw noCertsDirectory(node)
  const script = [...files].map(
    ([path, text]) => `mkdir -p '${directory}/${dirname(path)}'\ncat > '${directory}/${path}' <<'END-OF-HOSTS'\n${text}END-OF-HOSTS\n`,
  )
  await docker(['exec', '--interactive', node, 'sh', '-e'], work, { input: script.join('') })
}

const noCertsDirectory = (node: string) =>
  new Failure({
    what: `containerd of node ${node} reads no registry hosts`,
    why: 'config_path of its CRI registry configuration is empty',
    remedy: `set config_path to ${CERTS_DIRECTORY} in the kind config's containerdConfigPatches`,
  })

/** The directory that a node's containerd reads hosts.toml files from (the first, where there are several), if it does. */
export async function certsDirectory(node: string, work: Work): Promise<string | undefined> {
  const config = await docker(['exec', node, 'containerd', 'config', 'dump'], work, { timeout: 60 })
  return configPath(config.stdout)
}

/**
 * `config_path` in what `containerd config dump` prints: under the CRI plugin up to containerd 1.x (configuration version 2), under the images
 * plugin from 2.x on (version 3, with single quotes).
 */
export function configPath(dump: string): string | undefined {
  const plugin = Number(/^version = (\d+)/m.exec(dump)?.[1] ?? 2) >= 3 ? 'io.containerd.cri.v1.images' : 'io.containerd.grpc.v1.cri'
  const table = dump.split(/^\s*\[/m).find(text => new RegExp(`^plugins\\.["']${plugin}["']\\.registry\\]`).test(text))
  const value = /^\s*config_path\s*=\s*["']([^"']*)["']/m.exec(table ?? '')?.[1]
  return value?.split(':')[0] || undefined
}
