/** The engine's socket, which the docker provider makes its machines through: a docker engine always has one, podman only where its service was started. */
import { engineName } from '../host/container-engine.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { docker, type Engine } from './engine.ts'

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
