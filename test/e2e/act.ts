/** Runs a workflow of this repository with act in host mode, as GitHub's runner would run it on this machine. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface ActRun {
  readonly exitCode: number
  readonly log: string
}

/** @param act path of the act binary; @param env what the workflow sees as `env`. Prints each line as it comes, so that a long job is seen to go on. */
export async function runWorkflow(act: string, workflow: string, env: Readonly<Record<string, string>>): Promise<ActRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'capi-actions-act-'))
  // Mirrors have several lines: act's --env takes them as they are.
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const args = [
    'workflow_dispatch',
    '--workflows',
    workflow,
    '--platform',
    'ubuntu-latest=-self-hosted',
    '--no-cache-server',
    '--action-cache-path',
    scratch,
  ]
  // The runner takes whatever `node` comes first on PATH for node24 actions: this one, which is the devDependency's.
  const path = `${dirname(process.execPath)}:${process.env.PATH}`
  // act writes its settings into the home folder: one of its own keeps the user's clean.
  const child = spawn(act, [...args, ...variables], {
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
