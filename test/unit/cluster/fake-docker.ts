/** Stand-ins for `docker`, `podman` and `kind` on PATH: they answer by how a command line begins, in order, the last one for good, and keep what was asked. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Reply {
  readonly stdout?: string
  readonly stderr?: string
  readonly exitCode?: number
}

export interface FakeDocker extends AsyncDisposable {
  readonly directory: string
  /** Command lines in order, without `docker`; those of others begin with their name. */
  calls(): Promise<string[]>
  /** What commands were given on standard input, put together; only of those with `--interactive`. */
  input(): Promise<string>
}

/** What is asked and has no reply is not there. */
const SCRIPT = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync } = require('node:fs')
const { basename, join } = require('node:path')
const file = name => join(__dirname, name)
const command = basename(process.argv[1])
const asked = [...(command === 'docker' ? [] : [command]), ...process.argv.slice(2)].join(' ')
const earlier = existsSync(file('calls')) ? readFileSync(file('calls'), 'utf8').split('\\n') : []
appendFileSync(file('calls'), asked + '\\n')
if (process.argv.includes('--interactive')) appendFileSync(file('input'), readFileSync(0))
const found = Object.entries(JSON.parse(readFileSync(file('replies.json'), 'utf8'))).find(([start]) => asked.startsWith(start))
const [start, list] = found ?? ['', [/^(podman )?container ls/.test(asked) ? {} : { exitCode: 1, stdout: '[]', stderr: 'not found: no such container' }]]
const reply = list[Math.min(earlier.filter(call => call.startsWith(start)).length, list.length - 1)]
process.stdout.write(reply.stdout ?? '')
process.stderr.write(reply.stderr ?? '')
process.exitCode = reply.exitCode ?? 0
`

export async function fakeDocker(replies: Readonly<Record<string, readonly Reply[]>>): Promise<FakeDocker> {
  const directory = await mkdtemp(join(tmpdir(), 'fake-docker-'))
  await writeFile(join(directory, 'replies.json'), JSON.stringify(replies))
  for (const name of ['docker', 'podman', 'kind']) {
    await writeFile(join(directory, name), SCRIPT)
    await chmod(join(directory, name), 0o755)
  }
  const path = process.env.PATH
  process.env.PATH = `${directory}:${path}`
  return {
    directory,
    async calls() {
      const text = await readFile(join(directory, 'calls'), 'utf8').catch(() => '')
      return text.split('\n').filter(line => line !== '')
    },
    input: () => readFile(join(directory, 'input'), 'utf8').catch(() => ''),
    async [Symbol.asyncDispose]() {
      process.env.PATH = path
      await rm(directory, { recursive: true })
    },
  }
}

/** What `docker container inspect` prints of one container. */
export const inspected = (
  name: string,
  labels: Readonly<Record<string, string>> = {},
  more: { running?: boolean; networks?: string[] } = {},
) => ({
  Name: `/${name}`,
  State: { Running: more.running ?? true, Status: (more.running ?? true) ? 'running' : 'exited' },
  Config: { Image: 'registry:3', Labels: labels },
  HostConfig: { PortBindings: {} },
  Mounts: [],
  NetworkSettings: { Networks: Object.fromEntries((more.networks ?? []).map(network => [network, {}])) },
})

export const printed = (...things: unknown[]): Reply => ({ stdout: JSON.stringify(things) })

/** What `docker network inspect` prints of a network with these containers in it. */
export const networkOf = (...containers: string[]): Reply =>
  printed({ IPAM: { Config: [] }, Containers: Object.fromEntries(containers.map(name => [name, { Name: name }])) })
