/** A checkout for tests: its files by path. */
import type { Files } from '../../../src/providers/files.ts'

export function filesOf(texts: Readonly<Record<string, string>>): Files {
  const paths = Object.keys(texts)
  const inside = (folder: string) =>
    folder === '.' ? paths : paths.flatMap(path => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : []))
  return {
    has: path => paths.includes(path) || inside(path).length > 0,
    list: folder => [...new Set(inside(folder).map(path => path.replace(/\/.*/, '/')))],
    read: path => texts[path],
  }
}
