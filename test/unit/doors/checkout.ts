/** A folder that looks like a Cluster API checkout, as far as a plan reads one. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function makeCheckout(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'checkout-'))
  const managers = ['.', 'bootstrap/kubeadm', 'controlplane/kubeadm', 'test/infrastructure/docker']
  for (const folder of managers) {
    await mkdir(join(root, folder, 'config/default'), { recursive: true })
    await writeFile(join(root, folder, 'main.go'), 'package main\n')
  }
  await writeFile(join(root, 'go.mod'), 'module sigs.k8s.io/cluster-api\n')
  await writeFile(join(root, 'test/go.mod'), 'module sigs.k8s.io/cluster-api/test\n')
  await writeFile(join(root, 'metadata.yaml'), 'releaseSeries:\n- {major: 1, minor: 13, contract: v1beta2}\n')
  return root
}
