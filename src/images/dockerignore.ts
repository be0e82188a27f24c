/** Which files of a folder are the context of a build: `.dockerignore`, matched as Docker does (https://github.com/moby/patternmatcher). Pure. */
import { posix } from 'node:path'
import { Failure, messageOf } from '../host/failure.ts'

interface Pattern {
  readonly expression: RegExp
  /** `!…`: takes back in what an earlier one has left out. */
  readonly takesBack: boolean
}

export interface Ignored {
  /** Of a path from the context, with slashes: whether it, or a folder that it is in, is left out. */
  (path: string): boolean
  /** Whether what lies in a folder that is left out may be in the context all the same. */
  readonly mayTakeBack: boolean
}

/** @throws Failure for a pattern that cannot be read. `file` is for that. */
export function readDockerignore(text: string, file: string): Ignored {
  const patterns = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => (line.startsWith('#') || line.trim() === '' ? [] : [patternOf(line.trim(), `${file}:${index + 1}`)]))
  const ignored = (path: string): boolean => {
    const candidates = withParents(path)
    return patterns.reduce(
      (left, { expression, takesBack }) => (left === takesBack && candidates.some(one => expression.test(one)) ? !takesBack : left),
      false,
    )
  }
  return Object.assign(ignored, { mayTakeBack: patterns.some(({ takesBack }) => takesBack) })
}

/** `a/b/c` is left out with `a/b` and with `a`. */
const withParents = (path: string): string[] => path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))

function patternOf(line: string, where: string): Pattern {
  const takesBack = line.startsWith('!')
  const path = posix
    .normalize((takesBack ? line.slice(1) : line).trim())
    .replace(/^\/+/, '')
    .replace(/(.)\/+$/, '$1')
  try {
    return { expression: new RegExp(`^${expressionOf(path)}$`, 's'), takesBack }
  } catch (cause) {
    throw new Failure({ what: `the pattern ${line} cannot be read`, why: messageOf(cause), where, cause })
  }
}

/** `*` and `?` within one name, `**` over any number of folders, classes as they are. */
const expressionOf = (path: string): string =>
  path.replaceAll(/\*\*\/?$|\*\*\/?|\*|\?|\\(.)|[.+()|{}$^]/gs, (part, escaped: string | undefined, at: number) => {
    if (escaped !== undefined) return /\w/.test(escaped) ? escaped : `\\${escaped}`
    if (part.startsWith('**')) return at + part.length === path.length ? '.*' : '(.*/)?'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part === '^' && path[at - 1] === '[' ? '^' : `\\${part}`
  })
