/** Runs the built local command, `dist/capi-actions.js`, with the test environment's mirrors. */
import { spawn } from 'node:child_process'
import type { Testbed } from '../testbed/testbed.ts'
import { lines } from './mirrors.ts'

export interface CommandRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Options by their names without dashes; the mirrors and versions of the test environment are added where they are not given. */
export type Options = Readonly<Record<string, string>>

export const demo = async (testbed: Testbed): Promise<Options> => ({
  repository: testbed.source(),
  'capi-version': testbed.versions.clusterApi,
  'kubernetes-version': testbed.versions.kubernetes,
  'cert-manager-version': testbed.versions.certManager,
  'download-mirrors': lines(testbed.downloadMirrors),
  'image-mirrors': lines(testbed.imageMirrors),
})

export interface Circumstances {
  readonly environment?: Readonly<Record<string, string>>
  /** Presses Ctrl-C when standard output has this. */
  readonly interruptAt?: RegExp
}

export async function capiActions(
  testbed: Testbed,
  command: string,
  options: Options,
  { environment, interruptAt }: Circumstances = {},
): Promise<CommandRun> {
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const child = spawn(process.execPath, ['dist/capi-actions.js', command, ...flags], {
    env: { ...process.env, ...testbed.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  let interrupted = false
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk: Buffer) => {
      output[stream] += chunk
      process.stdout.write(chunk)
      if (!interruptAt?.test(output.stdout) || interrupted) return
      interrupted = true
      child.kill('SIGINT')
    })
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve(code ?? -1))
  })
  return { exitCode, ...output }
}
