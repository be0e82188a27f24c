/** Checkouts as the plan sees them, without a disk. */
import type { Repository } from '../../../src/providers/repository.ts'

/** Files by their paths; a folder is there where one of them lies in it. */
export const filesOf = (files: Readonly<Record<string, string>>): Pick<Repository, 'has' | 'read' | 'list'> => ({
  has: path => Object.keys(files).some(file => file === path || file.startsWith(`${path}/`)),
  read: path => files[path],
  list: folder => {
    const inside = Object.keys(files).flatMap(file =>
      folder === '.' ? [file] : file.startsWith(`${folder}/`) ? [file.slice(folder.length + 1)] : [],
    )
    return [...new Set(inside.map(file => file.replace(/\/.*$/s, '/')))]
  },
})

/** Cluster API of v1.13, as far as `has` doesn't say otherwise. */
export const capiCheckout = (more: Partial<Repository> = {}): Repository => {
  const files = { has: (path: string) => !path.startsWith('core/') && !path.includes('inmemory'), read: () => undefined, list: () => [] }
  return {
    root: '/capi',
    version: 'v1.13.4',
    clusterctl: 'v1.13.4',
    ...files,
    checkout: { ...files, root: '/capi', folder: '.' },
    entries: [],
    writtenFor: undefined,
    notices: [],
    ...more,
  }
}
