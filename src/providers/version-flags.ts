/** Linker flags by which a manager reports its version: those variables that its module has for that, under the names that hack/version.sh of providers sets. Pure over the checkout. */
import semver from 'semver'
import { MODULE, moduleIn, requirementIn } from '../settings/go-mod.ts'
import { below, type Files } from './files.ts'
import { versionFlags } from './version.ts'

/** Packages that have them, from the folder of the module. */
const PACKAGES = ['version', 'pkg/version', 'internal/version']

/** By the names of variables, in lower case. Commits and dates are left out: with each of them another executable is made, whether or not the manager has changed. */
const VALUES: Readonly<Record<string, (version: string) => string>> = {
  gitversion: version => version,
  version: version => version,
  gitmajor: version => String(semver.major(version)),
  gitminor: version => String(semver.minor(version)),
}

/**
 * @param module Folder of the go.mod, from the root of the checkout.
 * @param version Of the provider, with `v` in front.
 */
export function versionFlagsOf(files: Files, module: string, version: string): readonly string[] {
  const goMod = files.read(below(module, 'go.mod')) ?? ''
  const name = moduleIn(goMod)
  const own = PACKAGES.flatMap(folder =>
    variablesIn(files, below(module, folder)).map(variable => {
      const value = VALUES[variable.toLowerCase()]?.(version) ?? ''
      return `-X ${name}/${folder}.${variable}=${value}`
    }),
  )
  // Many providers log that of Cluster API's own package as theirs.
  const shared = requirementIn(goMod, MODULE) === undefined ? [] : versionFlags(version)
  return name === undefined || semver.valid(version) === null ? [] : [...own, ...shared]
}

function variablesIn(files: Files, folder: string): readonly string[] {
  const sources = files.list(folder).filter(file => file.endsWith('.go') && !file.endsWith('_test.go'))
  return [...new Set(sources.flatMap(file => textVariables(files.read(below(folder, file)) ?? '')))].filter(
    name => name.toLowerCase() in VALUES,
  )
}

/** Variables of a Go source that may be set by the linker: on the level of the package, of type string, or with a text as their value. */
export const textVariables = (source: string): readonly string[] => {
  const blocks = [...source.matchAll(/^var \(\n(.*?)^\)/gms)].map(([, block = '']) => block.replaceAll(/^\s+/gm, 'var '))
  const single = source.match(/^var \w.*$/gm) ?? []
  return [...single, ...blocks.flatMap(block => block.split('\n'))].flatMap(
    line => /^var (\w+)\s*(?:string\b|=\s*["`])/.exec(line)?.[1] ?? [],
  )
}
