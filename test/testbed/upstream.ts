/** Commands for TESTBED=upstream: those that take long to build are upstream's own, verified by the checksum that upstream publishes. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'
import { inCache } from './cache.ts'
import { commandOf, type ToolName } from './menu.ts'
import { versions } from './versions.ts'

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

interface Download {
  readonly url: string
  /** Gives the expected SHA-256, in hex. */
  readonly digest: (get: Get) => Promise<string>
}

export type Get = (url: string) => Promise<Buffer>

/** Where upstream publishes the commands whose build carries all of Kubernetes' or Cluster API's. */
export const downloads: Partial<Record<ToolName, Download>> = {
  kubectl: {
    url: `https://dl.k8s.io/release/${versions.kubernetes}/bin/${process.platform}/${architecture}/kubectl`,
    digest: async get =>
      (await get(`https://dl.k8s.io/release/${versions.kubernetes}/bin/${process.platform}/${architecture}/kubectl.sha256`))
        .toString()
        .trim(),
  },
  clusterctl: {
    url: `https://github.com/kubernetes-sigs/cluster-api/releases/download/${versions.clusterApi}/clusterctl-${process.platform}-${architecture}`,
    digest: async get => {
      const release = await get(`https://api.github.com/repos/kubernetes-sigs/cluster-api/releases/tags/${versions.clusterApi}`)
      const { assets } = JSON.parse(release.toString()) as { assets: { name: string; digest: string }[] }
      const name = `clusterctl-${process.platform}-${architecture}`
      return assets.find(asset => asset.name === name)?.digest.replace('sha256:', '') ?? ''
    },
  },
}

/** The path of a command: downloaded if upstream publishes it and building it would take minutes, else built. */
export async function upstreamTool(name: ToolName, work: Work, build: () => Promise<string>): Promise<string> {
  const download = downloads[name]
  if (!download) return build()
  const file = inCache('upstream', createHash('sha256').update(download.url).digest('hex').slice(0, 16), commandOf(name))
  if (existsSync(file)) return file
  const content = await verified(download, url => get(url, work))
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(`${file}.part`, content)
  await chmod(`${file}.part`, 0o755)
  await rename(`${file}.part`, file)
  return file
}

/** Downloads a file. @throws Failure when its SHA-256 isn't the published one. */
export async function verified(download: Download, get: Get): Promise<Buffer> {
  const [content, expected] = await Promise.all([get(download.url), download.digest(get)])
  const actual = createHash('sha256').update(content).digest('hex')
  if (actual === expected) return content
  throw new Failure({
    what: `${download.url} is not what upstream published`,
    why: `its SHA-256 is ${actual}, published is ${expected || 'none'}`,
  })
}

async function get(url: string, work: Work): Promise<Buffer> {
  const response = await fetch(url, { signal: work.signal })
  if (!response.ok) throw new Failure({ what: `${url} could not be downloaded`, why: `status ${response.status}` })
  return Buffer.from(await response.arrayBuffer())
}
