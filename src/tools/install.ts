/**
 * The tools that a run needs, in the versions that it wants: what is on PATH if it will do, else what an earlier run kept, else a download that
 * is verified against the checksum its publisher gives, or refused.
 */
import { dirname } from 'node:path'
import semver from 'semver'
import type { HttpOptions } from '../host/http.ts'
import type { DownloadMirrors } from '../host/mirrors.ts'
import type { Work } from '../host/work.ts'
import { findCached, toolCache } from './cache.ts'
import type { ToolName } from './catalogue.ts'
import { downloadTool } from './download-tool.ts'
import { type FoundTool, toolOnPath } from './on-path.ts'
import { type Machine, platformOf, thisMachine } from './platform.ts'
import { readWantedVersion, resolveVersion, satisfies } from './version.ts'

export interface ToolRequest {
  readonly name: ToolName
  /** `v1.34.4`, `1.34.4`, a range (`1.34.x`, `^5.8`) or `latest`. */
  readonly version: string
  readonly mirrors: DownloadMirrors
  /** GitHub token, for the API's rate limit. */
  readonly token?: string | undefined
  /** Root of the tool cache. Default: RUNNER_TOOL_CACHE, else `capi-actions/tools` in the user's cache folder. */
  readonly cacheDir?: string
  /** Whether a tool on PATH may be used. Default true. */
  readonly reusePath?: boolean
  /** Patience with the hosts that are asked. */
  readonly http?: Pick<HttpOptions, 'attempts' | 'silence' | 'longestWait' | 'clock'>
}

export interface Tool {
  readonly name: ToolName
  /** `v1.2.3` */
  readonly version: string
  /** Absolute path of the binary. */
  readonly path: string
  readonly source: 'path' | 'cache' | 'download'
}

/**
 * Finds or installs a tool. The network is asked only when neither PATH nor the cache satisfies, or for what `latest` is.
 * @throws Failure when the version does not exist, cannot be downloaded, or its checksum is missing or does not match.
 */
export async function installTool(request: ToolRequest, work: Work, machine: Machine = thisMachine()): Promise<Tool> {
  const { name } = request
  const wanted = readWantedVersion(name, request.version)
  const cache = toolCache(request.cacheDir, machine)
  const onPath = request.reusePath === false ? undefined : await toolOnPath(name, machine.env.PATH, work)
  const atHand = async (fits: (version: string) => boolean): Promise<Tool | undefined> => {
    if (onPath !== undefined && fits(onPath.version)) return asTool(name, onPath, 'path', work)
    const cached = await findCached(cache, name, fits)
    return cached && asTool(name, cached, 'cache', work)
  }

  const satisfying = await atHand(version => satisfies(version, wanted))
  if (satisfying !== undefined) return satisfying
  const http: HttpOptions = { ...request.http, mirrors: request.mirrors, token: request.token }
  const version = await resolveVersion(name, wanted, work, { ...http, subject: name })
  const newest = wanted.is === 'latest' ? await atHand(other => semver.eq(other, version)) : undefined
  if (newest !== undefined) return newest
  if (onPath !== undefined) work.log(`${onPath.path} is not used: it is ${onPath.version}, and ${request.version} is wanted`)
  const order = { name, version, platform: platformOf(machine, `${name} ${version}`), cache, scratch: machine.env.RUNNER_TEMP }
  return asTool(name, { version, path: await downloadTool(order, work, http) }, 'download', work)
}

const origin = { path: 'on PATH', cache: 'in the tool cache', download: 'downloaded and verified' } as const

function asTool(name: ToolName, { version, path }: FoundTool, source: Tool['source'], work: Work): Tool {
  work.log(`${name} ${version}: ${origin[source]}, ${path}`)
  return { name, version, path, source }
}

/** Folders of the tools that are not on PATH yet: in front of it, /usr/bin would hide what earlier steps have set up. */
export const toolFolders = (tools: readonly Tool[]): string[] => [
  ...new Set(tools.filter(({ source }) => source !== 'path').map(({ path }) => dirname(path))),
]
