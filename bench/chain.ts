/** The whole chain, warm Go cache: `capi-actions up` against what a careful script does one step after another, on the same machine and images. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { capiActions, demo, type Options } from '../test/e2e/command.ts'
import type { Testbed } from '../test/testbed/testbed.ts'

const run = promisify(execFile)

export interface ChainRun {
  readonly seconds: number
  /** What took how long, for the reader. */
  readonly steps: readonly string[]
}

/** One of ours, and another right after it on the same cluster, with nothing changed. */
export interface RepeatedRun extends ChainRun {
  readonly again: ChainRun
}

/** What either side keeps from run to run, beside Go's own cache: ours its cache folder, the script the executables that `go build` then finds up to date. */
export interface Kept {
  readonly ours: string
  readonly theirs: string
}

export async function makeKept(): Promise<Kept> {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-bench-kept-'))
  return { ours: join(folder, 'ours'), theirs: join(folder, 'theirs') }
}

/** Both have to link every manager anew then, as on a runner that has Go's cache and nothing else. */
export async function forgetManagers({ ours, theirs }: Kept): Promise<void> {
  await rm(join(ours, 'managers'), { recursive: true, force: true })
  await rm(theirs, { recursive: true, force: true })
}

export const removeKept = ({ ours }: Kept): Promise<void> => rm(dirname(ours), { recursive: true, force: true })

/** Twice, the second time with nothing changed. `whileUp` is called with the kubeconfig when both are done, before everything is removed. */
export async function runOurs(
  testbed: Testbed,
  kept: Kept,
  whileUp: (kubeconfig: string) => Promise<void> = async () => {},
): Promise<RepeatedRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'capi-actions-bench-'))
  const state = join(scratch, 'state')
  const names = {
    'cluster-name': 'capi-bench',
    'registry-name': 'capi-bench-registry',
    'registry-port': '5055',
    'state-dir': state,
    'cache-dir': kept.ours,
  }
  const workload = { 'workload-template': 'in-memory', 'workload-variables': 'WORKER_MACHINE_COUNT=2' }
  try {
    const up = () => timedUp(testbed, state, { ...names, ...workload })
    const first = await up()
    const again = await up()
    await whileUp(join(state, 'kubeconfig'))
    return { ...first, again }
  } finally {
    await capiActions(testbed, 'down', { 'state-dir': state })
    await rm(scratch, { recursive: true, force: true })
  }
}

async function timedUp(testbed: Testbed, state: string, options: Options): Promise<ChainRun> {
  const began = performance.now()
  const { exitCode } = await capiActions(testbed, 'up', { ...(await demo(testbed)), ...options })
  const seconds = (performance.now() - began) / 1000
  if (exitCode !== 0) throw new Error('up failed, see above')
  const { criticalPath } = JSON.parse(await readFile(join(state, 'report/timeline.json'), 'utf8')) as {
    criticalPath: { tasks: { name: string; seconds: number; queued: number }[] }
  }
  const steps = criticalPath.tasks.map(
    ({ name, seconds, queued }) => `${seconds.toFixed(1).padStart(6)} s  ${name}${queued >= 0.1 ? ` (queued ${queued.toFixed(1)} s)` : ''}`,
  )
  return { seconds, steps }
}

export async function runSequential(testbed: Testbed, kept: Kept): Promise<ChainRun> {
  const work = await mkdtemp(join(tmpdir(), 'capi-actions-sequential-'))
  const tools = await Promise.all((['kind', 'kustomize', 'clusterctl', 'kubectl'] as const).map(name => testbed.tool(name)))
  const mirror = testbed.imageMirrors['quay.io']
  const download = testbed.downloadMirrors['github.com'] ?? 'https://github.com'
  const env = {
    ...process.env,
    ...testbed.env,
    PATH: [...tools.map(dirname), process.env.PATH].join(':'),
    WORK: work,
    BIN: kept.theirs,
    SOURCE: testbed.source(),
    NODE_IMAGE: `kindest/node:${testbed.versions.kubernetes}`,
    KUBERNETES_VERSION: testbed.versions.kubernetes,
    CERT_MANAGER_MANIFEST: `${download}/cert-manager/cert-manager/releases/download/${testbed.versions.certManager}/cert-manager.yaml`,
    BASE_IMAGE: await baseImage(testbed),
    REGISTRY_IMAGE: 'registry:3',
    IMAGE_MIRROR: mirror === undefined ? '' : new URL(mirror).port,
  }
  try {
    const output = await lines('bash', ['bench/sequential.sh'], env)
    const steps = output.map(line => /^(\d+) (.+)$/.exec(line)).filter(match => match !== null)
    const total = steps.find(([, , name]) => name === 'in all')
    if (!total) throw new Error(`the sequential script failed:\n${output.join('\n')}`)
    return {
      seconds: Number(total[1]) / 1000,
      steps: steps.filter(step => step !== total).map(([, ms, name]) => `${(Number(ms) / 1000).toFixed(1).padStart(6)} s  ${name}`),
    }
  } finally {
    await run('bash', ['bench/sequential.sh', 'down'], { env })
    await rm(work, { recursive: true, force: true })
  }
}

/** The base image, in the engine before the clock starts: the script builds `FROM` it. */
async function baseImage(testbed: Testbed): Promise<string> {
  const name = 'distroless/static:nonroot'
  const mirror = testbed.imageMirrors['gcr.io']
  const reference = mirror === undefined ? `gcr.io/${name}` : `${new URL(mirror).host}/${name}`
  await run('docker', ['pull', '--quiet', reference], { env: { ...process.env, ...testbed.env } })
  return reference
}

async function lines(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
    process.stdout.write(chunk)
  })
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  return text.split('\n').filter(Boolean)
}
