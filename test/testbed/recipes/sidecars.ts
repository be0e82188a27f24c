/** What runs beside managers in the manifests of providers. */
import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import { writeImage } from '../image.ts'
import type { Recipe } from '../recipe.ts'
import { versions } from '../versions.ts'
import { goInstall } from './go.ts'
import { distroless } from './images.ts'

const kubeRbacProxyCommand = goInstall(
  'kube-rbac-proxy',
  `kube-rbac-proxy ${versions.kubeRbacProxy}`,
  'github.com/brancz/kube-rbac-proxy/cmd/kube-rbac-proxy',
  versions.kubeRbacProxy,
)

const target = 'usr/local/bin/kube-rbac-proxy'

/** Not as gcr.io/kubebuilder/kube-rbac-proxy, which manifests still name: that is gone, here as everywhere. */
const imageConfig = {
  names: [`quay.io/brancz/kube-rbac-proxy:${versions.kubeRbacProxy}`],
  config: { Entrypoint: [`/${target}`], User: '65532:65532' },
}

export const kubeRbacProxy: Recipe = {
  name: 'image-kube-rbac-proxy',
  docs: 'the proxy that kubebuilder once put before metrics',
  inputs: imageConfig,
  needs: [kubeRbacProxyCommand, distroless],
  files: ['image.ts', 'recipes/sidecars.ts'],
  make: async making => {
    const tree = path.join(making.dir, '.tree')
    await mkdir(path.dirname(path.join(tree, target)), { recursive: true })
    await cp(path.join(making.of(kubeRbacProxyCommand), 'kube-rbac-proxy'), path.join(tree, target))
    await writeImage(making.dir, { ...imageConfig, base: making.of(distroless), layer: tree, compress: true }, making)
    await exec('rm', ['-rf', tree], making)
  },
}
