/** From the table of Cluster API's own providers, and what settings say of one, to a provider. Pure over the listing of the repository. */
import { join, posix } from 'node:path'
import { Failure } from '../host/failure.ts'
import { nameOf } from '../settings/field.ts'
import { type BuiltIn, buildTags } from './builtin.ts'
import { roadOf, versionOf } from './described-provider.ts'
import { below } from './files.ts'
import { findMainPackage } from './main-package.ts'
import { type Build, type GoBuild, labelOf, type Provider } from './provider.ts'
import type { ProviderConfig } from './provider-config.ts'
import type { Repository } from './repository.ts'
import { dependenciesOf, type Resources } from './resource-deps.ts'
import { versionFlags } from './version.ts'

/** What the table decides: it can't be said otherwise. */
const DECIDED = ['repository', 'context', 'image', 'label', 'type', 'providerName'] as const satisfies readonly (keyof ProviderConfig)[]

/** What settings say of it, and who said it. */
interface Said {
  readonly config: ProviderConfig
  readonly where: string
}

/** @throws Failure where the checkout lacks it, or settings say what can't be said of it. */
export function builtInProvider(builtIn: BuiltIn, repository: Repository, { config, where: said }: Said, resources: Resources): Provider {
  const { name, type, providerName, folder } = builtIn
  const { root } = repository
  refuseMissing(builtIn, repository)
  refuseDecided(name, config, said)
  const where = `provider-config.${name}`
  const files = (paths: readonly string[] = []) => paths.map(path => join(root, folder, path))
  const depends = dependenciesOf({ name, resourceDeps: config.resourceDeps ?? [], where }, resources)
  const version = versionOf(config.version) ?? repository.version
  const go = goOf(builtIn, repository, config, version)
  return {
    name,
    source: 'built-in',
    repository: root,
    context: join(root, folder),
    version,
    hints: { likely: [labelOf(type, providerName)] },
    build: config.build === 'none' ? undefined : buildOf(builtIn, root, config, go.build),
    manifests:
      config.applyProviderYaml === false
        ? undefined
        : {
            folder: join(root, folder, config.kustomizeFolder ?? 'config/default'),
            files: [],
            options: config.kustomizeOptions ?? [],
            substitutions: config.substitutions ?? {},
            pullPolicy: config.pullPolicy,
            prepare: config.beforeRender,
          },
    resources: {
      before: files(config.additionalUncategorizedResources),
      after: [...files(builtIn.additionalResources), ...files(config.additionalResources)],
    },
    needs: { ...depends.needs, resources: builtIn.dependsOn },
    wait: config.wait ?? 'available',
    notices: [...go.notices, ...depends.notices],
  }
}

function refuseMissing({ name, folder, module }: BuiltIn, { root, has }: Repository): void {
  const missing = [join(module, 'go.mod'), join(folder, 'main.go'), join(folder, 'config/default')].find(path => !has(path))
  if (missing === undefined) return
  throw new Failure({
    what: `provider ${name} is not in ${root}`,
    why: `there is no ${missing}`,
    remedy: module === 'test' ? 'check out the whole repository: `test` is a Go module of its own' : 'check out a release of Cluster API',
  })
}

function refuseDecided(name: string, config: ProviderConfig, where: string): void {
  const said = DECIDED.filter(key => config[key] !== undefined).map(key => `\`${nameOf(key)}\``)
  if (said.length === 0) return
  throw new Failure({
    what: `provider-config says ${said.join(', ')} of provider ${name}`,
    why: 'it is Cluster API’s own, whose checkout decides that',
    remedy: `remove ${said.length === 1 ? 'it' : 'them'}, or describe a provider of another name`,
    where,
  })
}

function goOf(
  { name, folder, module }: BuiltIn,
  { root, has, read, checkout }: Repository,
  { goMain }: ProviderConfig,
  version: string,
): { readonly build: GoBuild; readonly notices: readonly string[] } {
  const path = posix.relative(module, folder)
  const main =
    goMain === undefined
      ? { module, package: path === '' ? '.' : `./${path}`, notices: [] }
      : findMainPackage(checkout, { name, context: below(checkout.folder, folder), goMain, where: `provider-config.${name}` })
  const flags = ['-s', '-w', ...versionFlags(version)]
  const build = { moduleDir: join(root, main.module), package: main.package, tags: buildTags(has, read), ldflags: flags }
  return { build, notices: main.notices }
}

function buildOf({ image, user, dockerfile }: BuiltIn, root: string, config: ProviderConfig, go: GoBuild): Build {
  const { additionalDockerHelperCommands: helper = '', additionalDockerBuildCommands: lines = '' } = config
  return {
    image,
    user: config.user ?? user,
    road: roadOf(config),
    go,
    dockerfile: {
      file: join(root, config.dockerfile ?? dockerfile),
      context: join(root, config.buildContext ?? '.'),
      target: config.buildTarget,
      args: config.buildArgs,
    },
    command: config.command,
    ...(config.imageArchive === undefined ? {} : { archive: join(root, config.imageArchive) }),
    prepare: config.beforeBuild,
    ...(helper === '' && lines === '' ? {} : { additional: { helper, image: lines } }),
  }
}
