/** Runs one of the built entries as the runner or a shell would, in a folder and an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const dist = join(import.meta.dirname, '../../../dist')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Start {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd: string
  /** Told of the process once it has written its first line. */
  readonly onFirstLine?: (child: ChildProcess) => void
}

/** Of the surroundings it sees PATH alone, and a home of its own. */
export async function runBuilt(entry: string, { args = [], env = {}, cwd, onFirstLine }: Start): Promise<Ended> {
  const child = spawn(process.execPath, [join(dist, entry), ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    if (stdout === '') onFirstLine?.(child)
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, stdout, stderr }
}

export interface Transcript extends Ended {
  readonly outputs: string
  /** What the step handed to its post step. */
  readonly state: Readonly<Record<string, string>>
  readonly variables: string
  /** Folders put in front of PATH. */
  readonly paths: string
  readonly summary: string
}

const FILES = {
  outputs: 'GITHUB_OUTPUT',
  state: 'GITHUB_STATE',
  variables: 'GITHUB_ENV',
  paths: 'GITHUB_PATH',
  summary: 'GITHUB_STEP_SUMMARY',
} as const

/** Runs an action, the root action unless `entry` is another, with these inputs (and, for post, the state that main left). */
export async function runStep(
  cwd: string,
  inputs: Readonly<Record<string, string>>,
  state: Readonly<Record<string, string>> = {},
  { entry = 'root.js', ...start }: Partial<Start> & { readonly entry?: string } = {},
): Promise<Transcript> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-'))
  try {
    for (const name of Object.keys(FILES)) await writeFile(join(folder, name), '')
    const ended = await runBuilt(entry, {
      cwd,
      ...start,
      env: {
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: cwd,
        RUNNER_TEMP: join(cwd, 'runner-temp'),
        ...Object.fromEntries(Object.entries(FILES).map(([name, variable]) => [variable, join(folder, name)])),
        ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
        ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
        ...start.env,
      },
    })
    const read = (name: keyof typeof FILES) => readFile(join(folder, name), 'utf8')
    const values = [...(await read('state')).matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2\n/gm)]
    return {
      ...ended,
      outputs: await read('outputs'),
      state: Object.fromEntries(values.map(([, name, , value]) => [name, value])),
      variables: await read('variables'),
      paths: await read('paths'),
      summary: await read('summary'),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
