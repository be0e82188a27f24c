/** Repositories that nobody here wrote, whole, as the module proxy has them: what a clone at a tag would give, as far as a module's zip goes. */
import { open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import type { Work } from '../../../src/host/work.ts'
import type { Recipe } from '../recipe.ts'
import { repositoryVersions } from '../versions.ts'
import { moduleOf } from './go.ts'

export interface ModuleTree {
  readonly name: string
  /** Path of the module that is the root of the repository. */
  readonly module: string
  readonly version: string
  /** Folders with a go.mod of their own that are on the proxy in the same version; those that aren't are missing in the tree. */
  readonly nested?: readonly string[]
}

/** A clone of the repository of a module: with a commit and its tag, files that can be written, scripts that can be run. */
export const moduleTree = ({ name, module, version, nested = [] }: ModuleTree): Recipe => ({
  name: `repository-${name}`,
  docs: `the repository of ${module} at ${version}`,
  inputs: { module, version, nested },
  needs: [],
  files: ['recipes/repositories.ts', 'recipes/go.ts'],
  make: async making => {
    for (const folder of ['.', ...nested]) {
      const { Dir } = await moduleOf(`${path.join(module, folder)}@${version}`, making.dir, making)
      const target = path.join(making.dir, folder)
      await exec('mkdir', ['-p', target], making)
      // The module cache is read-only, a work tree is not.
      await exec('cp', ['-r', '--no-preserve=mode', `${Dir}/.`, target], making)
    }
    await makeScriptsExecutable(making.dir, making)
    await commitAll(making.dir, version, making)
  },
})

/** A module's zip has no modes: what begins like a script is taken for one. */
async function makeScriptsExecutable(directory: string, work: Work): Promise<void> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const scripts: string[] = []
  for (const { parentPath, name } of files) {
    const file = path.join(parentPath, name)
    if (await isScript(file)) scripts.push(file)
  }
  if (scripts.length > 0) await exec('chmod', ['+x', ...scripts], work)
}

export async function isScript(file: string): Promise<boolean> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0)
  return bytesRead === 3 && /^#![/ ]$/.test(buffer.toString('latin1'))
}

const AUTHOR = ['-c', 'user.name=testbed', '-c', 'user.email=testbed@localhost']

/** So that `git describe` tells the version, and `git status` what a test has changed. */
async function commitAll(directory: string, tag: string, work: Work): Promise<void> {
  const git = (...args: string[]) => exec('git', ['-C', directory, ...args], work)
  await git('init', '--quiet', '--initial-branch=main')
  // What is in the zip was committed upstream, whatever .gitignore says.
  await git('add', '--all', '--force')
  await git(...AUTHOR, 'commit', '--quiet', '--message', tag)
  await git(...AUTHOR, 'tag', '--annotate', '--message', tag, tag)
}

/** By the name by which tests ask for them. */
export const repositories = {
  'ipam-in-cluster': { module: 'sigs.k8s.io/cluster-api-ipam-provider-in-cluster' },
  operator: { module: 'sigs.k8s.io/cluster-api-operator', nested: ['test'] },
  'addon-helm': { module: 'sigs.k8s.io/cluster-api-addon-provider-helm' },
  k3s: { module: 'github.com/k3s-io/cluster-api-k3s' },
  aws: { module: 'sigs.k8s.io/cluster-api-provider-aws/v2' },
  gcp: { module: 'sigs.k8s.io/cluster-api-provider-gcp' },
  openstack: { module: 'sigs.k8s.io/cluster-api-provider-openstack' },
  vsphere: { module: 'sigs.k8s.io/cluster-api-provider-vsphere' },
  'cluster-api-1.7': { module: 'sigs.k8s.io/cluster-api' },
  'cluster-api-1.8': { module: 'sigs.k8s.io/cluster-api' },
  'cluster-api-1.10': { module: 'sigs.k8s.io/cluster-api', nested: ['test'] },
  'cluster-api-1.11': { module: 'sigs.k8s.io/cluster-api', nested: ['test'] },
  'cluster-api-1.12': { module: 'sigs.k8s.io/cluster-api' },
  'cluster-api-1.14': { module: 'sigs.k8s.io/cluster-api', nested: ['test', 'api'] },
} as const satisfies Record<keyof typeof repositoryVersions, Pick<ModuleTree, 'module' | 'nested'>>

export type RepositoryName = keyof typeof repositories

export const repositoryRecipes = Object.fromEntries(
  Object.entries(repositories).map(([name, tree]) => [
    name,
    moduleTree({ name, ...tree, version: repositoryVersions[name as RepositoryName] }),
  ]),
) as Readonly<Record<RepositoryName, Recipe>>
