/** The engine's socket, which the docker provider makes its machines through: a docker engine always has one, podman only where its service was started. */
import { stat } from 'node:fs/promises'
import { engineName } from '../host/container-engine.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type Container, docker, type Engine } from './engine.ts'
import { ENGINE_SOCKET } from './kind-config.ts'

/**
 * Podman itself is asked, which may be root's by sudo: the folder of its socket is one that others cannot look into. A socket whose service is gone doesn't answer.
 * @throws Failure where no service of podman answers at its socket: podman needs none itself, and most machines have none running.
 */
export async function requireSocket({ socket, hostName, rootless }: Engine, work: Work): Promise<void> {
  if (engineName() === 'docker' || hostName !== undefined) return
  const asked = ['--url', `unix://${socket}`, 'version', '--format', '{{.Server.Version}}']
  const answer = await docker(asked, work, { allow: [1], timeout: 60 })
  if (answer.exitCode === 0) return
  const systemctl = rootless === undefined ? 'sudo systemctl' : 'systemctl --user'
  throw new Failure({
    what: `podman has no service at ${socket}`,
    why: 'the docker provider makes its machines through it',
    remedy: `start it: ${systemctl} start podman.socket, or podman system service --time=0`,
    details: answer.stderr.split('\n').filter(Boolean),
  })
}

/**
 * A node holds the very socket that it was given: one that an engine makes anew, when it is started again without systemd, is another, and then the docker provider
 * waits for good. @returns What is wrong with the node of a cluster that is there, or nothing, also where it can't be seen.
 */
export async function lostSocket({ name, mounts }: Container, { socket }: Engine, work: Work): Promise<string | undefined> {
  if (!mounts.some(({ source, destination }) => source === socket && destination === ENGINE_SOCKET)) return undefined
  const here = await stat(socket).catch(() => undefined)
  if (here === undefined) return undefined
  const there = await docker(['exec', name, 'stat', '--format', '%d:%i', ENGINE_SOCKET], work, { allow: [1], timeout: 60 })
  if (there.exitCode !== 0 || there.stdout.trim() === `${here.dev}:${here.ino}`) return undefined
  return `the socket in ${name} is of an engine that was started again`
}
