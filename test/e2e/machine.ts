/** What is on this machine that a run of ours could leave behind: containers, networks, volumes, images with tags of ours. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const docker = async (...args: string[]): Promise<string[]> => {
  const { stdout } = await promisify(execFile)('docker', args)
  return stdout.split('\n').filter(Boolean).toSorted()
}

export interface Machine {
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
  /** Those that commands of users make for us. */
  readonly images: readonly string[]
}

export const lookAtMachine = async (): Promise<Machine> => ({
  containers: await docker('ps', '-a', '--format', '{{.Names}}'),
  networks: await docker('network', 'ls', '--format', '{{.Name}}'),
  volumes: await docker('volume', 'ls', '--format', '{{.Name}}'),
  images: (await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')).filter(name => /:src-[0-9a-f]{16}$/.test(name)),
})
