/** From the names that settings say to the providers that a repository has. Pure over the listing of the repository. */
import { join } from 'node:path'
import { Failure } from '../host/failure.ts'
import { nearest } from '../host/nearest.ts'
import type { Settings } from '../settings/settings.ts'
import { type BuiltIn, buildTags, builtIns } from './builtin.ts'
import { labelOf, type Provider } from './provider.ts'
import type { Repository } from './repository.ts'
import { versionFlags } from './version.ts'

/**
 * The wanted providers: core first, then in the order in which they are said, each once.
 * @throws Failure that lists every name that is unknown, or whose folder is missing.
 */
export function resolveProviders(
  settings: Pick<Settings, 'providers' | 'extraArgs' | 'images' | 'sources'>,
  repository: Repository,
): Provider[] {
  const known = builtIns(repository.has)
  const wanted = [...new Set(['core', ...settings.providers])]
  const byName = new Map(known.map(builtIn => [builtIn.name, builtIn]))
  const unknown = wanted.filter(name => !byName.has(name))
  if (unknown.length > 0) throw unknownProviders(unknown, known, settings.sources.providers.where)
  for (const key of ['extraArgs', 'images'] as const) {
    const strangers = Object.keys(settings[key]).filter(name => !byName.has(name))
    if (strangers.length > 0) throw unknownProviders(strangers, known, settings.sources[key].where)
  }
  return wanted.flatMap(name => byName.get(name) ?? []).map(builtIn => locate(builtIn, repository))
}

function locate(builtIn: BuiltIn, { root, version, has }: Repository): Provider {
  const { name, type, providerName, namespace, folder, module, image, user, dockerfile } = builtIn
  const missing = [join(module, 'go.mod'), join(folder, 'main.go'), join(folder, 'config/default')].find(path => !has(path))
  if (missing !== undefined)
    throw new Failure({
      what: `provider ${name} is not in ${root}`,
      why: `there is no ${missing}`,
      remedy: module === 'test' ? 'check out the whole repository: `test` is a Go module of its own' : 'check out a release of Cluster API',
    })
  return {
    name,
    type,
    providerName,
    label: labelOf(type, providerName),
    version,
    namespace,
    source: { kind: 'built-in', repository: root },
    build: {
      moduleDir: join(root, module),
      package: module === '.' ? packageOf(folder) : packageOf(folder.slice(module.length + 1)),
      tags: buildTags(has),
      ldflags: ['-s', '-w', ...versionFlags(version)],
      image,
      user,
    },
    dockerfile: { file: join(root, dockerfile), context: root },
    kustomizeFolder: join(root, folder, 'config/default'),
    additionalResources: builtIn.additionalResources.map(file => join(root, folder, file)),
    dependsOn: builtIn.dependsOn,
  }
}

const packageOf = (folder: string): string => (folder === '.' ? '.' : `./${folder}`)

function unknownProviders(names: readonly string[], known: readonly BuiltIn[], where: string): Failure {
  const all = known.map(({ name }) => name)
  const meant = names.map(name => nearest(name, all)).filter(name => name !== undefined)
  return new Failure({
    what: names.length === 1 ? `provider ${names[0]} is unknown` : `providers ${names.join(', ')} are unknown`,
    why: `the repository has ${all.join(', ')}`,
    ...(meant.length === 0 ? {} : { remedy: `did you mean ${meant.join(', ')}?` }),
    where,
  })
}
