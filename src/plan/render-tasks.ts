/** From the manifests of a provider that is built to edited objects: kustomize, variables, substitution, edits. */
import { runUserCommand } from '../host/command-line.ts'
import type { Debugging } from '../manifests/debugging.ts'
import { editProvider } from '../manifests/edit-provider.ts'
import { impliedVariables } from '../manifests/implied-variables.ts'
import { kustomizeBuild } from '../manifests/kustomize.ts'
import { substitute } from '../manifests/substitute.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { Manifests, Provider } from '../providers/provider.ts'
import { providerVariables, type Variables } from '../settings/variables.ts'
import type { Rendered } from './clusterctl-task.ts'
import type { Needed } from './deploy-tasks.ts'
import { judgeTogether } from './manifest-variables.ts'
import { isCompiled } from './provider-images.ts'
import { readRaw } from './resource-tasks.ts'
import { type Task, task } from './task.ts'
import { enablesHelm } from './tool-tasks.ts'
import type { Wanted } from './wanted.ts'

/** A provider that is built, and the task that renders its manifests to text. */
export interface Kustomized {
  readonly provider: Provider
  readonly manifests: Manifests
  readonly kustomized: Task<string>
}

/** What providers that are built lack is found before anything of one of them is applied. */
export function variablesTask(rendered: readonly Kustomized[], { settings }: Wanted): Task {
  const docs = 'Checks that every variable in the manifests of providers that are built has a value that fits.'
  const needs = rendered.map(({ kustomized }) => kustomized)
  return task('variables from source', docs, needs, async work => {
    const asked = rendered.map(({ provider, manifests, kustomized }) => ({
      template: { file: fileOf(provider), text: work.of(kustomized) },
      own: ownVariables(work.of(kustomized), provider, manifests, settings),
    }))
    judgeTogether(asked, settings, 'the manifests of the providers', settings.unsetVariables)
  })
}

/** Values that hold for this provider alone: those that are said, and those that go without saying. */
function ownVariables(text: string, { build }: Provider, { substitutions }: Manifests, settings: Wanted['settings']): Variables {
  const said = providerVariables(settings)
  const implied = Object.entries(impliedVariables(text, build?.image)).filter(([name]) => !Object.hasOwn(said, name))
  return { ...Object.fromEntries(implied), ...substitutions }
}

const fileOf = ({ name, manifests }: Provider): string =>
  manifests === undefined || manifests.files.length > 0 ? name : `${name} (kustomize build ${manifests.folder})`

export const kustomizedOf = (provider: Provider, manifests: Manifests, { tools }: Needed): Kustomized => ({
  provider,
  manifests,
  kustomized: manifests.files.length > 0 ? readTask(provider.name, manifests.files) : kustomizeTask(provider, manifests, tools),
})

/** @param variables After it, what lacks a value is missing in no provider: its error is of all of them, and says how to get each. */
export function render(
  { provider, manifests, kustomized }: Kustomized,
  variables: readonly Task[],
  wanted: Wanted,
): Omit<Rendered, 'image'> {
  const { settings } = wanted
  const { name, version, hints, build } = provider
  const { debugging, notices: undebugged } = debuggingOf(provider, wanted)
  const docs = `Makes objects of what ${name} is rendered to: substitution, parsing, edits.`
  const edited = task(`render ${name}`, docs, [kustomized, ...variables], async work => {
    const file = fileOf(provider)
    const values = { ...providerVariables(settings), ...ownVariables(work.of(kustomized), provider, manifests, settings) }
    const substituted = substitute(work.of(kustomized), values, { file, unset: settings.unsetVariables })
    const made = editProvider(parseManifests(substituted, file), {
      name,
      hints,
      version,
      image: build?.image,
      extraArgs: settings.extraArgs[name] ?? [],
      pullPolicy: manifests.pullPolicy,
      debugging,
    })
    for (const notice of [...made.notices, ...undebugged]) work.notice(notice)
    return made
  })
  return { provider, kustomized, edited }
}

/** What `debug` says of a provider, with Tilt's defaults. Delve lies beside what is compiled here, and nowhere else. */
function debuggingOf(
  provider: Provider,
  wanted: Wanted,
): { readonly debugging: Debugging | undefined; readonly notices: readonly string[] } {
  const said = wanted.settings.debug[provider.name]
  if (said === undefined) return { debugging: undefined, notices: [] }
  const port = (value = 0) => (value > 0 ? value : undefined)
  const debugging = {
    delve: isCompiled(provider, wanted),
    continue: said.continue ?? true,
    port: port(said.port),
    profilerPort: port(said.profiler_port),
    metricsPort: port(said.metrics_port),
  }
  if (debugging.delve) return { debugging, notices: isUnreachable(debugging) ? [unreachable(provider)] : [] }
  if (debugging.port === undefined) return { debugging, notices: [] }
  const notice = `${provider.name} runs without a debugger: its image is not made of what the Go of this machine compiles`
  return { debugging: { ...debugging, port: undefined }, notices: [notice] }
}

/** Tilt does as it is told here too: the manager stands for ever. */
const isUnreachable = ({ continue: goesOn, port }: Debugging): boolean => !goesOn && port === undefined

const unreachable = ({ name }: Provider): string =>
  `${name} waits for a debugger that nobody can attach: its \`debug\` entry has \`continue: false\` and no \`port\``

function kustomizeTask(provider: Provider, { folder: directory, options, prepare }: Manifests, tools: Needed['tools']): Task<string> {
  const { name, repository } = provider
  // Who says a command of its own has another helm.
  const helm = enablesHelm(provider) && !options.some(one => one.startsWith('--helm-command')) ? tools.helm : undefined
  return task(`kustomize ${name}`, `Renders ${directory} with kustomize.`, [tools.kustomize, ...(helm ? [helm] : [])], async work => {
    if (prepare !== undefined) await runUserCommand(`before-render of ${name}`, prepare, work, { cwd: repository })
    const all = [...options, ...(helm ? ['--helm-command', work.of(helm).path] : [])]
    return kustomizeBuild({ kustomize: work.of(tools.kustomize).path, directory, options: all }, work)
  })
}

/** Of a project without a kustomization. */
const readTask = (name: string, files: readonly string[]): Task<string> =>
  task(`read ${name}`, `Reads ${files.join(', ')}.`, [], async () => (await Promise.all(files.map(readRaw))).join('\n---\n'))
