/** Which template is meant by a name, and how each is named so that nothing else is meant. Pure. */
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import type { TemplateFile } from './template-files.ts'
import { classesIn } from './template-names.ts'

type Sort = TemplateFile['is']

interface Said {
  readonly is: Sort
  readonly name: string
  /** Who said it. */
  readonly where: string
}

/**
 * The one of this name: first by how surely it is one, then the one that lies highest, then the one of an enabled provider.
 * @throws Failure where there is none or where several are as good, with what there is.
 */
export function choose(files: readonly TemplateFile[], said: Said, enabled: readonly string[]): TemplateFile {
  const found = best(files, said, enabled)
  const [first] = found
  if (first === undefined) throw notFound(files, said, enabled)
  if (found.length > 1)
    throw new Failure({
      what: `${wordFor(said.is)} ${said.name} may be one of ${found.length}`,
      why: found.map(({ file }) => file).join(', '),
      remedy: `say ${found.map(file => sayName(file, files, enabled)).join(' or ')}, or its path`,
      where: said.where,
    })
  return first
}

function best(files: readonly TemplateFile[], { is, name }: Pick<Said, 'is' | 'name'>, enabled: readonly string[]): TemplateFile[] {
  const isCalled = (file: TemplateFile) => (pathNames(file).includes(name) ? 0 : 1)
  const isEnabled = ({ steps }: TemplateFile) => (steps.slice(0, -1).some(step => enabled.includes(step)) ? 0 : 1)
  const orders = [isCalled, ({ rank }: TemplateFile) => rank, ({ steps }: TemplateFile) => steps.length, isEnabled]
  return orders.reduce(
    (left, order) => {
      const least = Math.min(...left.map(order))
      return left.filter(file => order(file) === least)
    },
    files.filter(file => file.is === is && namesOf(file).includes(name)),
  )
}

/** Every name that means it: by its path, and of a class its own, too. */
const namesOf = (file: TemplateFile): string[] => [...pathNames(file), ...(file.is === 'class' ? classesIn(file.text) : [])]

/** Its name, with the folders above it before it, or its provider; and for one without a name that of its folder. With "-" for "/", too. */
const pathNames = (file: TemplateFile): string[] => pathsOf(file).flatMap(path => [path.join('/'), path.join('-')])

function pathsOf({ provider, top, steps }: TemplateFile): string[][] {
  const ends = (all: readonly string[]) => all.map((_, index) => all.slice(index))
  const unnamed = steps.at(-1) === 'default' && steps.length > 1 ? [steps.slice(0, -1)] : []
  return [steps, ...unnamed].flatMap(all => [...ends([top, ...all]), ...ends(all).map(end => [provider, ...end])])
}

/** The shortest name by which it is found. */
export function sayName(file: TemplateFile, files: readonly TemplateFile[], enabled: readonly string[]): string {
  const names = pathsOf(file).map(path => path.join('/'))
  const own = names.filter(name => best(files, { is: file.is, name }, enabled).every(other => other === file))
  return own.toSorted((one, other) => one.length - other.length)[0] ?? file.file
}

/** All of a sort by the names by which they are found, in their order. */
export const namedTemplates = (files: readonly TemplateFile[], is: Sort, enabled: readonly string[]) =>
  files
    .filter(file => file.is === is)
    .map(file => ({ name: sayName(file, files, enabled), file }))
    .toSorted((one, other) => one.name.localeCompare(other.name))

const wordFor = (is: Sort): string => (is === 'class' ? 'ClusterClass' : 'cluster template')

/** Names that an error has in its first lines; the rest is folded. */
const SHOWN = 20

function notFound(files: readonly TemplateFile[], { is, name, where }: Said, enabled: readonly string[]): Failure {
  const named = namedTemplates(files, is, enabled)
  const names = named.map(({ name }) => name)
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : ''
  return new Failure({
    what: `${wordFor(is)} ${name} is not found${didYouMean(name, names)}`,
    why:
      names.length === 0
        ? `no such file, and no ${is === 'class' ? 'ClusterClass' : 'cluster template'} in the template folders`
        : `there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, SHOWN).join(', ')}${more}`,
    remedy: 'name one of these, a file, or add its folder to `template_dirs` in tilt-settings',
    where,
    details: named.map(({ name, file }) => `${name}: ${file.file}${file.kustomization ? ' (built with kustomize)' : ''}`),
  })
}
