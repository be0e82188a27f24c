/** A file that a kustomization names and the checkout lacks: whether git leaves it out on purpose, and what of the Makefile writes it. */
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { exec } from '../host/exec.ts'
import { isFolder } from '../host/there.ts'
import type { Work } from '../host/work.ts'

/** The file that kustomize's error says is not there; nothing where it says something else. Pure. */
export const missingIn = (why: string): string | undefined =>
  [...why.matchAll(/(?:lstat|open) (\/[^\n]*?): no such file or directory/g)].at(-1)?.[1]

/** @returns what to do about a missing `file`; nothing where git says nothing of it. */
export async function remedyForMissing(file: string, work: Work): Promise<string | undefined> {
  const git = async (...args: string[]) => {
    const { stdout, exitCode } = await exec('git', args, work, { cwd: await existing(dirname(file)), allow: [1, 128], timeout: 30 })
    return exitCode === 0 ? stdout.trim() : undefined
  }
  try {
    const [root, ignored] = await Promise.all([git('rev-parse', '--show-toplevel'), git('check-ignore', '--verbose', file)])
    const rule = /^(.+):(\d+):/.exec(ignored ?? '')
    if (root === undefined || rule === null) return undefined
    const makefile = await readFile(join(root, 'Makefile'), 'utf8').catch(() => '')
    const [target] = targetsThatWrite(makefile, file)
    const made = target === undefined ? 'what makes it' : `\`make ${target}\``
    return `${basename(file)} is generated, git leaves it out (${rule[1]}:${rule[2]}): run ${made} first, or set it as before-render in provider-config`
  } catch {
    // Without git there is nothing to say; a run that is stopped stops anyway.
    work.signal.throwIfAborted()
    return undefined
  }
}

/** Git can only be asked in a folder that is there. */
async function existing(folder: string): Promise<string> {
  return (await isFolder(folder)) || folder === dirname(folder) ? folder : existing(dirname(folder))
}

interface Rule {
  readonly target: string
  readonly needs: readonly string[]
  readonly recipe: string
}

/**
 * Names to say behind `make` that write `file`, the likeliest first. Where a rule is called like a file, it is the name that asks for it that somebody would say.
 * Pure.
 */
export function targetsThatWrite(makefile: string, file: string): readonly string[] {
  const rules = rulesIn(makefile)
  const name = basename(file)
  // As the end of a path: `my-manifests.yaml` is another file than `manifests.yaml`.
  const writes = new RegExp(`(^|[\\s/"'>=])${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(["'\\s;)]|$)`, 'm')
  const writers = rules.filter(({ recipe }) => writes.test(recipe)).map(({ target }) => target)
  const said = writers.map(writer =>
    isWord(writer) ? writer : rules.find(({ target, needs }) => isWord(target) && needs.includes(writer))?.target,
  )
  const found = [...new Set(said.filter(target => target !== undefined))]
  // One rule for each of several folders: the one that is called like it.
  const folder = basename(dirname(file))
  return found.toSorted((one, other) => Number(other.endsWith(folder)) - Number(one.endsWith(folder)))
}

const isWord = (target: string): boolean => /^[A-Za-z][\w-]*(\.\d+)*$/.test(target)

function rulesIn(makefile: string): readonly Rule[] {
  const lines = makefile.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/)
  return lines.flatMap((line, index) => {
    const [, targets, needs] = /^([^\s#:=][^:=]*):(?!=)([^=]*?)(?:\s##.*)?$/.exec(line) ?? []
    if (targets === undefined || targets.startsWith('.')) return []
    const rest = lines.slice(index + 1)
    const end = rest.findIndex(one => !/^(\t|\s*$|#)/.test(one))
    const recipe = rest.slice(0, end === -1 ? undefined : end).join('\n')
    return targets.split(/\s+/).map(target => ({ target, needs: (needs ?? '').split(/\s+/), recipe }))
  })
}
