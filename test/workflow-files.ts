/** The workflows of this repository: our own, those that users copy, and those that tests run with act. Paths are from the repository's root. */
import { glob } from 'node:fs/promises'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

const found = async (pattern: string): Promise<string[]> => (await Array.fromAsync(glob(pattern, { cwd: root }))).toSorted()

export const recipes = (): Promise<string[]> => found('docs/recipes/*.yml')
export const testWorkflows = (): Promise<string[]> => found('test/e2e/workflows/*.yml')
export const actionFiles = (): Promise<string[]> => found('{action.yml,actions/**/action.yml}')

export const workflowFiles = async (): Promise<string[]> => [
  ...(await found('.github/workflows/*.yml')),
  ...(await recipes()),
  ...(await testWorkflows()),
]
