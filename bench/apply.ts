/** Server-side apply of 500 ConfigMaps: the kube room against `kubectl apply --server-side`, each pair in namespaces of their own. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { applyAll } from '../src/kube/apply.ts'
import { connect } from '../src/kube/connect.ts'
import type { KubeObject } from '../src/manifests/object.ts'

const COUNT = 500
const run = promisify(execFile)

export interface ApplyTimes {
  readonly ours: readonly number[]
  readonly kubectl: readonly number[]
}

export async function benchmarkApply(kubectl: string, kubeconfig: string, pairs: number): Promise<ApplyTimes> {
  const scratch = await mkdtemp(join(tmpdir(), 'capi-actions-apply-'))
  const ours: number[] = []
  const theirs: number[] = []
  try {
    for (let pair = 0; pair < pairs; pair++) {
      const file = join(scratch, 'objects.json')
      await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects(`kubectl-${pair}`) }))
      await run(kubectl, ['--kubeconfig', kubeconfig, 'create', 'namespace', `kubectl-${pair}`])
      theirs.push(await seconds(() => run(kubectl, ['--kubeconfig', kubeconfig, 'apply', '--server-side', '-f', file], { maxBuffer: 1e8 })))
      await run(kubectl, ['--kubeconfig', kubeconfig, 'create', 'namespace', `ours-${pair}`])
      ours.push(await seconds(() => applyOurs(kubeconfig, objects(`ours-${pair}`))))
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return { ours, kubectl: theirs }
}

async function applyOurs(kubeconfig: string, wanted: readonly KubeObject[]): Promise<void> {
  const kube = await connect(kubeconfig)
  await applyAll(kube, wanted, {}, { signal: new AbortController().signal, log: () => {}, waiting: () => {} })
}

const objects = (namespace: string): KubeObject[] =>
  Array.from({ length: COUNT }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `settings-${index}`, namespace, labels: { app: 'bench', index: String(index) } },
    data: { text: `value ${index}\n`.repeat(20), index: String(index) },
  }))

async function seconds(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return (performance.now() - began) / 1000
}
