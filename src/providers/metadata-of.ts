/** Where a provider's metadata.yaml is, which says its contract and its newest release series. Pure over the checkout. */
import { below, type Files } from './files.ts'

/** Its path from the root: beside the provider, else where some have it, else at the root. Nothing where there is none. */
export function metadataOf(files: Files, context: string): string | undefined {
  const folders = [context, below(context, 'config'), below(context, 'config/metadata'), '.']
  return folders.map(folder => below(folder, 'metadata.yaml')).find(files.has)
}
