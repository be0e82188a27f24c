/** What the text of a template or ClusterClass tells of itself before it is YAML: `${…}` may stand anywhere, so it is read by lines. Pure. */

/** A document of Cluster API with this kind. */
const documentsOf = (text: string, kind: string): string[] =>
  text
    .split(/^---.*$/m)
    .filter(part => new RegExp(`^kind:\\s*["']?${kind}["']?\\s*(#.*)?$`, 'm').test(part))
    .filter(part => /^apiVersion:\s*["']?cluster\.x-k8s\.io\//m.test(part))

export const hasCluster = (text: string): boolean => documentsOf(text, 'Cluster').length > 0

export const hasClass = (text: string): boolean => documentsOf(text, 'ClusterClass').length > 0

/** Names of the ClusterClasses that it holds. */
export const classesIn = (text: string): string[] =>
  documentsOf(text, 'ClusterClass').flatMap(part => {
    const lines = part.split(/\r?\n/)
    const start = lines.findIndex(line => /^metadata: *$/.test(line))
    return start === -1 ? [] : childrenOf(lines.slice(start + 1), 0).flatMap(child => NAME.exec(child)?.[1] ?? [])
  })

const NAME = /^name: *["']?([a-z0-9.-]+)/
const CLASS = /^class: *["']?([a-z0-9.-]+)/

/** Names of the ClusterClasses that its Clusters are of: `class: x` (v1beta1) or `classRef:` with `name: x` below (v1beta2). */
export function classesNamed(text: string): string[] {
  const lines = text.split(/\r?\n/)
  const names = lines.flatMap((line, index) => {
    const [, indent, key] = /^( *)(classRef|topology): *$/.exec(line) ?? []
    if (indent === undefined) return []
    const children = childrenOf(lines.slice(index + 1), indent.length)
    return children.flatMap(child => (key === 'classRef' ? NAME : CLASS).exec(child)?.[1] ?? [])
  })
  return [...new Set(names)]
}

/** The lines one level below a key that is indented by `indent` spaces, without their own indent. */
function childrenOf(following: readonly string[], indent: number): string[] {
  const indents = following.map(line => (line.trim() === '' ? Number.POSITIVE_INFINITY : line.search(/\S/)))
  const end = indents.findIndex(one => one <= indent)
  const block = following.slice(0, end === -1 ? following.length : end)
  return block.filter((_, index) => indents[index] === indents[0]).map(line => line.trim())
}

/** The name that a file's own name gives it, by the rules of Tilt and clusterctl and by what else is found in the wild. */
export function nameInFile(file: string): { readonly is: 'template' | 'class'; readonly name: string } | undefined {
  const stem = file.replace(/\.ya?ml$/, '')
  const [, template] = /^cluster[-_]template(?:-(.+))?$/.exec(stem) ?? []
  if (/^cluster[-_]template/.test(stem)) return { is: 'template', name: template ?? 'default' }
  const [, name] = /^cluster-?class(?:-(.+))?$/i.exec(stem) ?? []
  return /^cluster-?class(-|$)/i.test(stem) ? { is: 'class', name: name ?? 'default' } : undefined
}
