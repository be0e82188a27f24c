/** What runs beside managers in the manifests of providers. */
import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import { writeImage } from '../image.ts'
import type { Recipe } from '../recipe.ts'
import { versions } from '../versions.ts'
import { goBuild } from './go.ts'
import { distroless } from './images.ts'

/** From a module of our own: `go install` asks for the list of versions, which the proxy does not give of this module. */
const kubeRbacProxyCommand = goBuild({
  name: 'kube-rbac-proxy',
  docs: `kube-rbac-proxy ${versions.kubeRbacProxy}`,
  module: { require: { 'github.com/brancz/kube-rbac-proxy': versions.kubeRbacProxy } },
  commands: { 'kube-rbac-proxy': 'github.com/brancz/kube-rbac-proxy/cmd/kube-rbac-proxy' },
})

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
