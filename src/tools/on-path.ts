/** Tools that the user has already. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import semver from 'semver'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { catalogue, type ToolName } from './catalogue.ts'

/** Seconds that a binary has to say its version. */
const PATIENCE = 15

export interface FoundTool {
  readonly path: string
  /** `v1.2.3`, without build metadata. */
  readonly version: string
}

/** The tool that a shell would run, if there is one and it says its version. */
export async function toolOnPath(name: ToolName, searchPath: string | undefined, work: Work): Promise<FoundTool | undefined> {
  const path = await findExecutable(name, searchPath)
  if (path === undefined) return undefined
  const version = await versionOf(name, path, work)
  return version === undefined ? undefined : { path, version }
}

async function findExecutable(name: string, searchPath: string | undefined): Promise<string | undefined> {
  for (const folder of (searchPath ?? '').split(delimiter).filter(isAbsolute)) {
    const path = join(folder, name)
    if (await isExecutable(path)) return path
  }
  return undefined
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

async function versionOf(name: ToolName, path: string, work: Work): Promise<string | undefined> {
  const { args, env = {} } = catalogue[name].ask
  try {
    const { stdout } = await exec(path, args, work, { env, timeout: PATIENCE })
    const version = readVersion(stdout)
    if (version === undefined) work.log(`${path} is not used: it does not say which version it is`)
    return version
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    work.log(`${path} is not used: ${error.message}`)
    return undefined
  }
}

/** Every tool's answer has its own version first: `kind v0.32.0 go1.26.0 linux/amd64`, `{"clientVersion":{"gitVersion":"v1.34.4"…`, `v3.21.4+g5a3…`. */
export function readVersion(output: string): string | undefined {
  const version = semver.parse(/\bv\d+\.\d+\.\d+[-+.0-9A-Za-z]*/.exec(output)?.[0])
  return version === null ? undefined : `v${version.version}`
}
