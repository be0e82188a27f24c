/** From what a repository describes, a tilt-provider file or what was inferred, and what settings say of it, to a provider. Pure over the listing of the repository. */
import { join } from 'node:path'
import semver from 'semver'
import { Failure } from '../host/failure.ts'
import type { IdentityHints } from '../manifests/identity.ts'
import { MODULE, requirementIn } from '../settings/go-mod.ts'
import { knownProviders } from './catalogue.ts'
import type { DiscoveredProvider } from './discover.ts'
import { findMainPackage } from './main-package.ts'
import { type Build, type BuildRoad, type GoBuild, labelOf, type Provider } from './provider.ts'
import { mergeConfigs, type ProviderConfig } from './provider-config.ts'
import { belowFolder } from './provider-fields.ts'
import type { Repository } from './repository.ts'

/** Without a setting; what distroless calls nonroot. */
const NONROOT = '65532:65532'

/**
 * @param said What settings say of it.
 * @param dependsOn Names of the providers that Tilt's resources are of.
 * @throws Failure where its main package can't be told.
 */
export function describedProvider(
  entry: DiscoveredProvider,
  repository: Repository,
  said: ProviderConfig,
  dependsOn: (resources: readonly string[]) => readonly string[],
): Provider {
  const config = mergeConfigs(entry.actions, said)
  const effective = { ...entry, ...config }
  const { name, context, kustomizeFolder, kustomizeOptions } = effective
  const at = (...path: readonly string[]) => join(repository.root, ...path)
  const files = (paths: readonly string[]) => paths.map(path => at(context, path))
  const version = versionOf(effective.version) ?? repository.version
  const { image } = effective
  const built = image === undefined || config.build === 'none' ? undefined : buildOf(effective, image, repository)
  return {
    name,
    source: entry.source,
    repository: repository.root,
    context: at(context),
    version,
    hints: hintsOf(entry, config, repository),
    build: built?.build,
    notices: built?.notices ?? [],
    manifests: effective.applyProviderYaml
      ? {
          folder: at(context, kustomizeFolder),
          options: kustomizeOptions,
          substitutions: config.substitutions ?? {},
          pullPolicy: config.pullPolicy,
          prepare: config.beforeRender,
        }
      : undefined,
    resources: { before: files(effective.additionalUncategorizedResources), after: files(effective.additionalResources) },
    needs: { manager: dependsOn(effective.resourceDeps), resources: [] },
    wait: config.wait ?? 'available',
  }
}

type Effective = Omit<DiscoveredProvider, 'label'> & ProviderConfig

function buildOf(
  effective: Effective,
  image: string,
  repository: Repository,
): { readonly build: Build; readonly notices: readonly string[] } {
  const { command, beforeBuild, user = NONROOT, additionalDockerHelperCommands: helper, additionalDockerBuildCommands: lines } = effective
  const road = roadOf(effective)
  const { go, notices } = road === 'go' ? goOf(effective, repository) : goIfAny(effective, repository)
  const build = {
    image: withoutTag(image),
    user,
    road,
    go,
    dockerfile: dockerfileOf(effective, repository),
    command,
    prepare: beforeBuild,
    additional: helper === '' && lines === '' ? undefined : { helper, image: lines },
  }
  return { build, notices }
}

/** What is said of it, else the Go of this machine. */
export function roadOf({ build, command, dockerfile, buildTarget }: ProviderConfig): BuildRoad {
  if (build !== undefined && build !== 'none') return build
  if (command !== undefined) return 'command'
  return dockerfile === undefined && buildTarget === undefined ? 'go' : 'dockerfile'
}

/** Its main package, where there is one. @throws Failure as `findMainPackage`. */
function goOf({ name, context, goMain, where, dockerfile = 'Dockerfile' }: Effective, repository: Repository): Main {
  const main = findMainPackage(repository, { name, context, goMain, where, dockerfile: repository.read(dockerfile) })
  return {
    go: { moduleDir: join(repository.root, main.module), package: main.package, tags: [], ldflags: ['-s', '-w'] },
    notices: main.notices,
  }
}

interface Main {
  readonly go: GoBuild | undefined
  readonly notices: readonly string[]
}

/** A builder needs to know it only where a Dockerfile asks for it. */
function goIfAny(effective: Effective, repository: Repository): Main {
  try {
    return goOf(effective, repository)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { go: undefined, notices: [] }
  }
}

function dockerfileOf(
  { context, dockerfile, buildContext, buildTarget, buildArgs }: Effective,
  { root, has }: Repository,
): Build['dockerfile'] {
  const file = dockerfile ?? ['Dockerfile', belowFolder(join(context, 'Dockerfile'))].find(has)
  return file === undefined
    ? undefined
    : { file: join(root, file), context: join(root, buildContext ?? '.'), target: buildTarget, args: buildArgs }
}

/** The image as it is matched: Tilt tolerates a tag. */
const withoutTag = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')

/** clusterctl takes whole versions alone: `"8.0"` is `v8.0.0`. */
function versionOf(said: string | undefined): string | undefined {
  if (said === undefined) return undefined
  const version = semver.valid(said) ?? semver.coerce(said)?.version
  return version === undefined ? undefined : `v${version}`
}

function hintsOf({ identity }: DiscoveredProvider, { type, providerName }: ProviderConfig, { read }: Repository): IdentityHints {
  const likely = identity.type === undefined ? [] : [labelOf(identity.type, identity.providerName)]
  const name = providerName ?? (type === 'core' ? 'cluster-api' : identity.providerName)
  return {
    said: type === undefined ? undefined : labelOf(type, name),
    likely,
    known: knownProviders({}).map(({ label }) => label),
    isPlain: likely.length === 0 && requirementIn(read('go.mod') ?? '', MODULE) === undefined,
  }
}
