/** Cluster API: its source tree, its managers, its release assets. */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import { Failure } from '../../../src/host/failure.ts'
import type { Recipe } from '../recipe.ts'
import { versions } from '../versions.ts'
import { go, moduleOf } from './go.ts'
import { kustomize } from './tools.ts'

const MODULE = 'sigs.k8s.io/cluster-api'

/** Cluster API's repository as far as building and rendering go: the module with its nested test module laid in. */
export const clusterApiSource: Recipe = {
  name: 'cluster-api-source',
  docs: `the source tree of Cluster API ${versions.clusterApi}`,
  inputs: { version: versions.clusterApi },
  needs: [],
  files: ['recipes/cluster-api.ts', 'recipes/go.ts'],
  make: async making => {
    for (const [module, target] of [
      [MODULE, making.dir],
      [`${MODULE}/test`, path.join(making.dir, 'test')],
    ] as const) {
      const { Dir } = await moduleOf(`${module}@${versions.clusterApi}`, making.dir, making)
      await mkdir(target, { recursive: true })
      // The module cache is read-only, a work tree is not.
      await exec('cp', ['-r', '--no-preserve=mode', `${Dir}/.`, target], making)
    }
  },
}

/** Commands by name: the module of the tree that holds it, and its package there. */
const commands = {
  core: ['.', '.'],
  'kubeadm-bootstrap': ['.', './bootstrap/kubeadm'],
  'kubeadm-control-plane': ['.', './controlplane/kubeadm'],
  clusterctl: ['.', './cmd/clusterctl'],
  docker: ['test', './infrastructure/docker'],
} as const

/** Built in the tree, as upstream does it and as the product will do it again: what is compiled here need not be compiled there. */
export const clusterApi: Recipe = {
  name: 'cluster-api',
  docs: `Cluster API ${versions.clusterApi}: clusterctl and the core, kubeadm bootstrap, kubeadm control plane and docker managers`,
  inputs: { commands, ldflags: clusterApiStamp(versions.clusterApi) },
  needs: [clusterApiSource],
  files: ['recipes/cluster-api.ts', 'recipes/go.ts'],
  make: async making => {
    const tree = making.of(clusterApiSource)
    making.waiting('downloading modules')
    for (const module of ['.', 'test']) {
      const packages = Object.values(commands).flatMap(([home, target]) => (home === module ? [target] : []))
      await go(['list', '-deps', '-f', '', ...packages], path.join(tree, module), making)
    }
    await making.cpu(async () => {
      const packages = Object.values(commands).flatMap(([home, target]) => (home === '.' ? [target] : []))
      await go(['build', '-trimpath', ...packages], tree, making)
      for (const [name, [module, target]] of Object.entries(commands)) {
        making.waiting(`linking ${name}`)
        const flags = ['-trimpath', '-ldflags', `-s -w ${clusterApiStamp(versions.clusterApi)}`]
        await go(['build', ...flags, '-o', path.join(making.dir, name), target], path.join(tree, module), making)
      }
    })
  },
}

/** clusterctl as a command of its own. */
export const clusterctl: Recipe = {
  name: 'clusterctl',
  docs: `clusterctl ${versions.clusterApi}`,
  inputs: {},
  needs: [clusterApi],
  files: ['recipes/cluster-api.ts', 'recipes/go.ts'],
  make: async making => {
    await exec('ln', [`${making.of(clusterApi)}/clusterctl`, making.dir], making)
  },
}

function clusterApiStamp(version: string): string {
  const [major, minor] = version.replace(/^v/, '').split('.')
  const values = { gitMajor: major, gitMinor: minor, gitVersion: version, gitTreeState: 'clean', gitCommit: '0'.repeat(40) }
  return Object.entries(values)
    .map(([name, value]) => `-X ${MODULE}/version.${name}=${value}`)
    .join(' ')
}

/** Release assets by the folder that kustomize makes them from, and the image that upstream's release names in each. */
const components = {
  'core-components.yaml': { folder: 'config/default', image: 'registry.k8s.io/cluster-api/cluster-api-controller' },
  'bootstrap-components.yaml': {
    folder: 'bootstrap/kubeadm/config/default',
    image: 'registry.k8s.io/cluster-api/kubeadm-bootstrap-controller',
  },
  'control-plane-components.yaml': {
    folder: 'controlplane/kubeadm/config/default',
    image: 'registry.k8s.io/cluster-api/kubeadm-control-plane-controller',
  },
  'infrastructure-components-development.yaml': {
    folder: 'test/infrastructure/docker/config/default',
    image: 'gcr.io/k8s-staging-cluster-api/capd-manager',
  },
} as const

/** What upstream's `make release-manifests` and `release-manifests-dev` give, with image and pull policy set as there. */
export const clusterApiManifests: Recipe = {
  name: 'cluster-api-manifests',
  docs: `the manifests of Cluster API's release ${versions.clusterApi}`,
  inputs: { components, version: versions.clusterApi },
  needs: [clusterApiSource, kustomize],
  files: ['recipes/cluster-api.ts', 'recipes/go.ts'],
  make: async making => {
    const tree = making.of(clusterApiSource)
    const rendered = new Map<string, string>()
    for (const [asset, { folder, image }] of Object.entries(components)) {
      const { stdout } = await exec(path.join(making.of(kustomize), 'kustomize'), ['build', path.join(tree, folder)], making)
      rendered.set(asset, releaseManifest(stdout, `${image}:${versions.clusterApi}`))
    }
    for (const [asset, text] of rendered) await writeFile(path.join(making.dir, asset), text)
    const all = ['core-components.yaml', 'bootstrap-components.yaml', 'control-plane-components.yaml'].map(
      asset => rendered.get(asset) ?? '',
    )
    await writeFile(path.join(making.dir, 'cluster-api-components.yaml'), all.join('---\n'))
    await copyFile(path.join(tree, 'metadata.yaml'), path.join(making.dir, 'metadata.yaml'))
    const templates = path.join(tree, 'test/infrastructure/docker/templates')
    for (const template of await readdir(templates)) {
      const text = await readFile(path.join(templates, template), 'utf8')
      await writeFile(path.join(making.dir, template), text)
    }
    if (!existsSync(path.join(making.dir, 'clusterclass-quick-start.yaml'))) {
      throw new Failure({ what: `${MODULE}/test@${versions.clusterApi} has no clusterclass-quick-start.yaml`, where: templates })
    }
  },
}

/** The manager's image and pull policy as a release sets them; in the tree they are those of the main branch. */
export const releaseManifest = (rendered: string, image: string): string => {
  const [name] = image.split(/:(?=[^/]*$)/)
  const staging = `gcr.io/k8s-staging-cluster-api/${name?.split('/').at(-1)}`
  return rendered
    .replaceAll(`image: ${staging}:main`, `image: ${image}`)
    .replaceAll('imagePullPolicy: Always', 'imagePullPolicy: IfNotPresent')
}
