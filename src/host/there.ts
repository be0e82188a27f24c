/** Whether something is there: who asks takes what can't be looked at for what is not. */
import { access, stat } from 'node:fs/promises'

export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
