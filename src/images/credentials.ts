/** Who we are at a registry: a login that the settings say, or one that Docker knows, from its config.json or a credential helper. Nothing is written. */
import { z } from 'zod'
import { type DockerConfig, entryFor, readDockerConfig, serverOf } from '../host/docker-config.ts'
import { exec } from '../host/exec.ts'
import { Failure, isCancellation, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'

export interface Login {
  /** `robot$ci` */
  readonly username: string
  /** Password or access token. */
  readonly secret: string
  /** True for a secret that only a token service takes, in exchange for tokens (`identitytoken` in config.json). */
  readonly identity?: true
  /** Where it was found, for errors. */
  readonly from: string
}

/** A login as HTTP's Basic scheme and kubelets have it. */
export const basicAuth = ({ username, secret }: Login): string => Buffer.from(`${username}:${secret}`).toString('base64')

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() })

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The login that `docker login <registry>` has left, or nothing. Helpers go before what stands in the file, as Docker has it.
 * @throws Failure when the file can't be read, or a helper can't be asked.
 */
export async function dockerLogin(registry: string, env: Variables, work: Work): Promise<Login | undefined> {
  const found = await readDockerConfig(env)
  if (found === undefined) return undefined
  const { auths, credHelpers, credsStore, file } = found
  const helper = entryFor(registry, credHelpers) ?? (credsStore || undefined)
  return (helper === undefined ? undefined : await askHelper(helper, serverOf(registry), work)) ?? loginIn(entryFor(registry, auths), file)
}

function loginIn(entry: DockerConfig['auths'][string] | undefined, from: string): Login | undefined {
  if (entry === undefined) return undefined
  const [, user, password] =
    /^([^:]*):(.*)$/s.exec(
      Buffer.from(entry.auth ?? '', 'base64')
        .toString('utf8')
        .replace(/\0+$/, ''),
    ) ?? []
  const username = user || entry.username
  if (entry.identitytoken) return { username: username ?? '<token>', secret: entry.identitytoken, identity: true, from }
  const secret = password || entry.password
  return username && secret ? { username, secret, from } : undefined
}

/** https://github.com/docker/docker-credential-helpers: the server on standard input, JSON on standard output; errors there too. */
async function askHelper(name: string, server: string, work: Work): Promise<Login | undefined> {
  const command = `docker-credential-${name}`
  const { exitCode, stdout } = await exec(command, ['get'], work, { input: server, timeout: 30, allow: [1] }).catch((error: unknown) => {
    // Its output is not shown: a helper that fails midway may have said the password.
    throw isCancellation(error) ? error : notAsked(command, server, error instanceof Failure ? error.what : messageOf(error))
  })
  if (exitCode === 1) {
    if (/credentials not found|no credentials|not found in/i.test(stdout)) return undefined
    throw notAsked(command, server, 'it exited with code 1')
  }
  const answer = answerIn(stdout)
  if (answer === undefined) throw notAsked(command, server, 'its answer is not what the protocol of credential helpers says')
  const { Username: username, Secret: secret } = answer
  if (secret === '') return undefined
  return { username, secret, from: command, ...(username === '<token>' ? { identity: true } : {}) }
}

function answerIn(stdout: string): z.infer<typeof helperAnswer> | undefined {
  try {
    return helperAnswer.parse(JSON.parse(stdout))
  } catch {
    return undefined
  }
}

const notAsked = (command: string, server: string, why: string) =>
  new Failure({
    what: `${command} gives no login for ${server}`,
    why,
    remedy:
      "try it: echo <registry> | the command with `get`; or set registry-username and registry-password, which go before Docker's configuration",
  })
