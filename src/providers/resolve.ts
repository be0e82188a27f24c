/** From the names that settings say to the providers that a repository has. Pure over the listing of the repository. */
import { join } from 'node:path'
import { Failure } from '../host/failure.ts'
import { type BuiltIn, buildTags, builtIns } from './builtin.ts'
import { choose, type ReleasedProvider } from './choose.ts'
import { labelOf, type Provider } from './provider.ts'
import type { Repository } from './repository.ts'
import { versionFlags } from './version.ts'

type Wanted = Parameters<typeof choose>[0]

/**
 * The wanted providers that are built from the repository: core first, then in the order in which they are said, each once.
 * @throws Failure that lists every name that is unknown, or whose folder is missing.
 */
export function resolveProviders(settings: Wanted, repository: Repository): Provider[] {
  const known = builtIns(repository.has)
  const { built } = choose(
    settings,
    known.map(({ name }) => name),
  )
  return built.flatMap(name => known.find(builtIn => builtIn.name === name) ?? []).map(builtIn => locate(builtIn, repository))
}

/** The wanted providers that are releases, core first. Without a repository that is all of them. */
export const releasedProviders = (settings: Wanted, repository: Repository | undefined): readonly ReleasedProvider[] =>
  choose(settings, repository === undefined ? [] : builtIns(repository.has).map(({ name }) => name)).released

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
