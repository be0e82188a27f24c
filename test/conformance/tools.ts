/** Where the conformance tests get the real tools and Cluster API's tree from: the test environment, which builds what is missing. */
import { join } from 'node:path'
import { made } from '../testbed/cache.ts'
import { directoryOf } from '../testbed/kitchen.ts'
import { commandOf, secondClusterApi as second, tools } from '../testbed/menu.ts'
import { showProgress } from '../testbed/progress.ts'
import type { Recipe } from '../testbed/recipe.ts'
import { clusterApi as builtClusterApi } from '../testbed/recipes/cluster-api.ts'
import { type RepositoryName, repositoryRecipes } from '../testbed/recipes/repositories.ts'
import { build, workOf } from '../testbed/testbed.ts'

/** The path of a real command. `CAPI_TEST_TOOL_<NAME>` names another. */
export async function tool(name: 'kubectl' | 'kustomize' | 'clusterctl' | 'helm'): Promise<string> {
  return process.env[`CAPI_TEST_TOOL_${name.toUpperCase()}`] ?? join(await folderOf(tools[name]), commandOf(name))
}

/** The root of Cluster API's repository, not to be written to. `CAPI_TEST_CLUSTER_API` names another. */
export const clusterApi = async (): Promise<string> => process.env.CAPI_TEST_CLUSTER_API ?? (await folderOf(builtClusterApi.source))

/** A repository that nobody here wrote, not to be written to. */
export const repository = (name: RepositoryName): Promise<string> => folderOf(repositoryRecipes[name])

/** That of the other release, whose layout is another. */
export const secondClusterApi = (): Promise<string> => folderOf(second.source)

async function folderOf(recipe: Recipe): Promise<string> {
  if (made(recipe) === undefined) {
    const progress = showProgress(process.stderr)
    await build([recipe], progress, workOf(new AbortController().signal, progress))
    progress.stop()
  }
  return directoryOf(recipe)
}
