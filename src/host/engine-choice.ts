/** Which engine is meant, by the rule of Tilt where nobody says: podman where the command `docker` is podman's, or speaks to it, or where there is podman alone. */
import { type EngineName, engineName, useEngine } from './container-engine.ts'
import { exec } from './exec.ts'
import { Failure } from './failure.ts'
import type { Work } from './work.ts'

/** Podman says so in `version`, whatever it is called by. */
const PODMAN = /podman engine/i

/** Chooses, and has this process use it from then on. */
export async function chooseEngine(said: EngineName | 'auto', work: Work): Promise<EngineName> {
  const name = await choice(said, work)
  useEngine(name)
  return name
}

async function choice(said: EngineName | 'auto', work: Work): Promise<EngineName> {
  if (said === 'podman' || (said === 'auto' && engineName() === 'podman')) return 'podman'
  const docker = await versionOf('docker', work)
  if (PODMAN.test(docker.text)) {
    work.log('the engine is podman: the command docker is of podman, or speaks to it')
    return 'podman'
  }
  // Who sets DOCKER_HOST means docker, also where nothing answers there.
  if (said === 'docker' || docker.answers || process.env.DOCKER_HOST) return 'docker'
  if (!(await versionOf('podman', work)).answers) return 'docker'
  work.log('the engine is podman: no Docker engine answers')
  return 'podman'
}

async function versionOf(command: EngineName, work: Work): Promise<{ readonly text: string; readonly answers: boolean }> {
  try {
    const { stdout, exitCode } = await exec(command, ['version'], work, { allow: [1, 125], timeout: 60 })
    return { text: stdout, answers: exitCode === 0 }
  } catch (error) {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    return { text: '', answers: false }
  }
}
