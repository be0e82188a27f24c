/** Docker's config.json: which registries somebody has logged in to, and who keeps the logins. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { Failure, messageOf } from './failure.ts'

const text = z.catch(z.optional(z.string()), undefined)
const auth = z.object({ auth: text, username: text, password: text, identitytoken: text })
const dockerConfig = z.object({
  auths: z.catch(z.record(z.string(), auth), {}),
  credHelpers: z.catch(z.record(z.string(), z.string()), {}),
  credsStore: text,
})

export interface DockerConfig extends z.infer<typeof dockerConfig> {
  readonly file: string
}

/**
 * Nothing where there is none.
 * @throws Failure when it can't be read.
 */
export async function readDockerConfig(env: Readonly<Record<string, string | undefined>>): Promise<DockerConfig | undefined> {
  const file = join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json')
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw unreadable(file, messageOf(error))
  })
  return content === undefined ? undefined : { ...parse(content, file), file }
}

function parse(content: string, file: string): z.infer<typeof dockerConfig> {
  try {
    return dockerConfig.parse(JSON.parse(content))
  } catch {
    // What the parser says would show a part of the file, and that may be a password.
    throw unreadable(file, 'it is no JSON object')
  }
}

const unreadable = (file: string, why: string) =>
  new Failure({
    what: `Docker's configuration ${file} can't be read`,
    why,
    remedy: 'correct it, or set registry-username and registry-password',
  })

/** Docker Hub's entry, for credential helpers and for kubelets too, has a name from the time of its first API. */
export const serverOf = (registry: string): string => (registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry)

/** Entries are hosts, or URLs that begin with one. */
const hostOf = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')

/** What `auths` or `credHelpers` have of a registry. */
export const entryFor = <T>(registry: string, entries: Readonly<Record<string, T>>): T | undefined =>
  Object.entries(entries).find(([key]) => hostOf(key) === hostOf(serverOf(registry)))?.[1]
