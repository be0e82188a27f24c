/** Runs a workflow of this repository with act in host mode, as GitHub's runner would run it on this machine. */
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { version } from '../../src/host/version.ts'

const root = join(import.meta.dirname, '../..')

/** What else a workflow meets. */
export interface Surroundings {
  /** The event that starts it. Default: workflow_dispatch. */
  readonly event?: string
  /** Folder of commands that are found before all others, but for Node. */
  readonly commands?: string
  /** Folder of the Actions cache; without it there is none. */
  readonly cache?: string | undefined
}

/** Where it runs. */
interface Elsewhere extends Surroundings {
  /** What the repository holds, for a checkout of itself. Default: nothing. */
  readonly holds?: string
  /** By which refs these actions are called, beside the tag of the release, by which they call one another. Default: `v1`. */
  readonly refs?: readonly string[]
}

export interface ActRun {
  readonly exitCode: number
  readonly log: string
}

/** What of this repository is run from other ones. act reads the folder of an action whole at every step: with node_modules in it, that takes seconds. */
const publishTo = (folder: string) =>
  Promise.all(['.github', 'action.yml', 'actions', 'dist'].map(name => cp(join(root, name), join(folder, name), { recursive: true })))

/** Runs it in a workspace that isn't this repository, with these actions as those of `capi-actions/capi-actions`. */
export async function runElsewhere(
  act: string,
  workflow: string,
  env: Readonly<Record<string, string>>,
  more: readonly string[] = [],
  { holds, refs = ['v1'], ...surroundings }: Elsewhere = {},
): Promise<ActRun> {
  const elsewhere = await mkdtemp(join(tmpdir(), 'capi-actions-elsewhere-'))
  const [workspace, published] = [join(elsewhere, 'workspace'), join(elsewhere, 'actions')]
  try {
    await Promise.all([holds === undefined ? mkdir(workspace) : cp(holds, workspace, { recursive: true }), publishTo(published)])
    // act asks git what is checked out, and whose it is.
    await promisify(execFile)('git', ['init', '--quiet', workspace])
    await promisify(execFile)('git', ['-C', workspace, 'remote', 'add', 'origin', 'https://github.com/someone/something'])
    return await runWorkflow(act, resolve(root, workflow), env, {
      cwd: workspace,
      ...surroundings,
      args: [...[...refs, `v${version}`].flatMap(ref => ['--local-repository', `capi-actions/capi-actions@${ref}=${published}`]), ...more],
    })
  } finally {
    await rm(elsewhere, { recursive: true, force: true })
  }
}

/**
 * act's options by which the third-party actions that `files` are pinned to are stood in for by those of the same name in `stand-ins`, or by `nothing` there,
 * which takes all inputs and does nothing.
 */
export async function standInsFor(...files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map(file => readFile(join(root, file), 'utf8')))
  const pinned = new Map(
    texts.flatMap(text => [...text.matchAll(/uses: ([\w.-]+\/([\w.-]+)@[0-9a-f]{40})/g)].map(([, action, name = '']) => [action, name])),
  )
  return [...pinned].flatMap(([action, name]) => {
    const own = join(root, 'test/e2e/stand-ins', name)
    return ['--local-repository', `${action}=${existsSync(own) ? own : join(root, 'test/e2e/stand-ins/nothing')}`]
  })
}

export interface ActOptions extends Surroundings {
  readonly cwd?: string
  readonly args?: readonly string[]
  /** What is printed and kept of a line. */
  readonly shown?: (line: string) => string
}

/** @param act path of the act binary; @param env what the workflow sees as `env`. Prints each line as it comes, so that a long job is seen to go on. */
export async function runWorkflow(
  act: string,
  workflow: string,
  env: Readonly<Record<string, string>>,
  { cwd = process.cwd(), args: more = [], event = 'workflow_dispatch', commands, cache, shown = line => line }: ActOptions = {},
): Promise<ActRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'capi-actions-act-'))
  // Mirrors have several lines: act's --env takes them as they are.
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const args = [
    event,
    '--workflows',
    workflow,
    '--platform',
    'ubuntu-latest=-self-hosted',
    '--platform',
    'ubuntu-24.04=-self-hosted',
    '--platform',
    'self-hosted=-self-hosted',
    ...(cache === undefined ? ['--no-cache-server'] : ['--cache-server-path', cache, '--cache-server-addr', '127.0.0.1']),
    '--action-cache-path',
    scratch,
    ...more,
  ]
  // The runner takes whatever `node` comes first on PATH for node24 actions: this one, which is the devDependency's.
  const path = [dirname(process.execPath), ...(commands === undefined ? [] : [commands]), process.env.PATH].join(':')
  // act writes its settings into the home folder: one of its own keeps the user's clean.
  const child = spawn(act, [...args, ...variables], {
    cwd,
    env: { ...process.env, PATH: path, XDG_CONFIG_HOME: scratch },
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', line => {
      const text = `${shown(line)}\n`
      log += text
      process.stdout.write(text)
    })
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve(code ?? -1))
  })
  await rm(scratch, { recursive: true, force: true })
  return { exitCode, log }
}
