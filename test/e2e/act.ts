/** Runs a workflow of this repository with act in host mode, as GitHub's runner would run it on this machine. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export interface ActRun {
  readonly exitCode: number
  readonly log: string
}

/** Where a workflow runs: in a workspace that isn't this repository, with these actions as `capi-actions/capi-actions@v1`. */
export async function runElsewhere(
  act: string,
  workflow: string,
  env: Readonly<Record<string, string>>,
  more: readonly string[] = [],
  cache?: string,
): Promise<ActRun> {
  const workspace = await mkdtemp(join(tmpdir(), 'capi-actions-elsewhere-'))
  try {
    // act asks git what is checked out.
    await promisify(execFile)('git', ['init', '--quiet', workspace])
    const root = join(import.meta.dirname, '../..')
    return await runWorkflow(act, join(root, workflow), env, {
      cwd: workspace,
      args: ['--local-repository', `capi-actions/capi-actions@v1=${root}`, ...more],
      cache,
    })
  } finally {
    await rm(workspace, { recursive: true, force: true })
  }
}

/** act's options by which the third-party actions that `file` is pinned to are stood in for by those of the same name in `stand-ins`. */
export async function standInsFor(file: string): Promise<string[]> {
  const pinned = new Set(
    [...(await readFile(file, 'utf8')).matchAll(/uses: (actions\/([\w-]+)@[0-9a-f]{40})/g)].map(
      ([, action, name]) => `${action}=${join(import.meta.dirname, 'stand-ins', name ?? '')}`,
    ),
  )
  return [...pinned].flatMap(one => ['--local-repository', one])
}

export interface WorkflowOptions {
  readonly cwd?: string
  readonly args?: readonly string[]
  /** Folder of the Actions cache; without it there is none. */
  readonly cache?: string | undefined
}

/** @param act path of the act binary; @param env what the workflow sees as `env`. Prints each line as it comes, so that a long job is seen to go on. */
export async function runWorkflow(
  act: string,
  workflow: string,
  env: Readonly<Record<string, string>>,
  { cwd = process.cwd(), args: more = [], cache }: WorkflowOptions = {},
): Promise<ActRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'capi-actions-act-'))
  // Mirrors have several lines: act's --env takes them as they are.
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const args = [
    'workflow_dispatch',
    '--workflows',
    workflow,
    '--platform',
    'ubuntu-latest=-self-hosted',
    '--platform',
    'ubuntu-24.04=-self-hosted',
    ...(cache === undefined ? ['--no-cache-server'] : ['--cache-server-path', cache, '--cache-server-addr', '127.0.0.1']),
    '--action-cache-path',
    scratch,
    ...more,
  ]
  // The runner takes whatever `node` comes first on PATH for node24 actions: this one, which is the devDependency's.
  const path = `${dirname(process.execPath)}:${process.env.PATH}`
  // act writes its settings into the home folder: one of its own keeps the user's clean.
  const child = spawn(act, [...args, ...variables], {
    cwd,
    env: { ...process.env, PATH: path, XDG_CONFIG_HOME: scratch },
  })
  let log = ''
  const take = (chunk: Buffer) => {
    log += chunk
    process.stdout.write(chunk)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve(code ?? -1))
  })
  await rm(scratch, { recursive: true, force: true })
  return { exitCode, log }
}
