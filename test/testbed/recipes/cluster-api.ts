/** Cluster API: its source tree, its managers, its release assets. */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import { Failure } from '../../../src/host/failure.ts'
import type { Recipe } from '../recipe.ts'
import { named, versions } from '../versions.ts'
import { go, moduleOf } from './go.ts'
import { kustomize } from './tools.ts'

const MODULE = 'sigs.k8s.io/cluster-api'

/** One release. */
export interface ClusterApi {
  readonly version: string
  readonly source: Recipe
  /** clusterctl and the managers. */
  readonly commands: Recipe
  readonly clusterctl: Recipe
  readonly manifests: Recipe
}

export function clusterApiOf(version: string): ClusterApi {
  const source = sourceOf(version)
  const commands = commandsOf(version, source)
  return { version, source, commands, clusterctl: clusterctlOf(version, commands), manifests: manifestsOf(version, source) }
}

/** v1.14 moved core to a folder of its own, made its API a module, and is built with a tag (Tiltfile, Dockerfile). */
const layoutOf = (version: string) =>
  Number(version.split('.')[1]) >= 14
    ? { core: 'core', nested: ['test', 'api'], tags: ['-tags=fieldsv1string'] }
    : { core: '.', nested: ['test'], tags: [] }

/** Cluster API's repository as far as building and rendering go: the module with the modules that are nested in it laid in. */
const sourceOf = (version: string): Recipe => ({
  name: named('cluster-api-source', version, versions.clusterApi),
  docs: `the source tree of Cluster API ${version}`,
  inputs: { version },
  needs: [],
  files: ['recipes/cluster-api.ts', 'recipes/go.ts'],
  make: async making => {
    for (const folder of ['.', ...layoutOf(version).nested]) {
      const { Dir } = await moduleOf(`${path.join(MODULE, folder)}@${version}`, making.dir, making)
      const target = path.join(making.dir, folder)
      await mkdir(target, { recursive: true })
      // The module cache is read-only, a work tree is not.
      await exec('cp', ['-r', '--no-preserve=mode', `${Dir}/.`, target], making)
    }
  },
})

/** Commands by name: the module of the tree that holds it, and its package there. */
const packagesOf = (version: string): Readonly<Record<string, readonly [module: string, target: string]>> => ({
  core: ['.', `./${layoutOf(version).core}`],
  'kubeadm-bootstrap': ['.', './bootstrap/kubeadm'],
  'kubeadm-control-plane': ['.', './controlplane/kubeadm'],
  clusterctl: ['.', './cmd/clusterctl'],
  docker: ['test', './infrastructure/docker'],
})

/** Built in the tree, as upstream does it and as the product will do it again: what is compiled here need not be compiled there. */
function commandsOf(version: string, source: Recipe): Recipe {
  const commands = packagesOf(version)
  const { tags } = layoutOf(version)
  return {
    name: named('cluster-api', version, versions.clusterApi),
    docs: `Cluster API ${version}: clusterctl and the core, kubeadm bootstrap, kubeadm control plane and docker managers`,
    inputs: { commands, tags, ldflags: clusterApiStamp(version) },
    needs: [source],
    files: ['recipes/cluster-api.ts', 'recipes/go.ts'],
    make: async making => {
      const tree = making.of(source)
      making.waiting('downloading modules')
      for (const module of ['.', 'test']) {
        const packages = Object.values(commands).flatMap(([home, target]) => (home === module ? [target] : []))
        await go(['list', ...tags, '-deps', '-f', '', ...packages], path.join(tree, module), making)
      }
      await making.cpu(async () => {
        const packages = Object.values(commands).flatMap(([home, target]) => (home === '.' ? [target] : []))
        await go(['build', '-trimpath', ...tags, ...packages], tree, making)
        for (const [name, [module, target]] of Object.entries(commands)) {
          making.waiting(`linking ${name}`)
          const flags = ['-trimpath', ...tags, '-ldflags', `-s -w ${clusterApiStamp(version)}`]
          await go(['build', ...flags, '-o', path.join(making.dir, name), target], path.join(tree, module), making)
        }
      })
    },
  }
}

/** clusterctl as a command of its own. */
const clusterctlOf = (version: string, commands: Recipe): Recipe => ({
  name: named('clusterctl', version, versions.clusterApi),
  docs: `clusterctl ${version}`,
  inputs: {},
  needs: [commands],
  files: ['recipes/cluster-api.ts', 'recipes/go.ts'],
  make: async making => {
    await exec('ln', [`${making.of(commands)}/clusterctl`, making.dir], making)
  },
})

function clusterApiStamp(version: string): string {
  const [major, minor] = version.replace(/^v/, '').split('.')
  const values = { gitMajor: major, gitMinor: minor, gitVersion: version, gitTreeState: 'clean', gitCommit: '0'.repeat(40) }
  return Object.entries(values)
    .map(([name, value]) => `-X ${MODULE}/version.${name}=${value}`)
    .join(' ')
}

/** Release assets by the folder that kustomize makes them from, and the image that upstream's release names in each. */
const componentsOf = (version: string): Readonly<Record<string, { readonly folder: string; readonly image: string }>> => ({
  'core-components.yaml': {
    folder: path.join(layoutOf(version).core, 'config/default'),
    image: 'registry.k8s.io/cluster-api/cluster-api-controller',
  },
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
})

/** What upstream's `make release-manifests` and `release-manifests-dev` give, with image and pull policy set as there. */
function manifestsOf(version: string, source: Recipe): Recipe {
  const components = componentsOf(version)
  return {
    name: named('cluster-api-manifests', version, versions.clusterApi),
    docs: `the manifests of Cluster API's release ${version}`,
    inputs: { components, version },
    needs: [source, kustomize],
    files: ['recipes/cluster-api.ts', 'recipes/go.ts'],
    make: async making => {
      const tree = making.of(source)
      const rendered = new Map<string, string>()
      for (const [asset, { folder, image }] of Object.entries(components)) {
        const { stdout } = await exec(path.join(making.of(kustomize), 'kustomize'), ['build', path.join(tree, folder)], making)
        rendered.set(asset, releaseManifest(stdout, `${image}:${version}`))
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
        throw new Failure({ what: `${MODULE}/test@${version} has no clusterclass-quick-start.yaml`, where: templates })
      }
    },
  }
}

export const clusterApi = clusterApiOf(versions.clusterApi)

/** The manager's image and pull policy as a release sets them; in the tree they are those of the main branch. */
export const releaseManifest = (rendered: string, image: string): string => {
  const [name] = image.split(/:(?=[^/]*$)/)
  const staging = `gcr.io/k8s-staging-cluster-api/${name?.split('/').at(-1)}`
  return rendered
    .replaceAll(`image: ${staging}:main`, `image: ${image}`)
    .replaceAll('imagePullPolicy: Always', 'imagePullPolicy: IfNotPresent')
}
