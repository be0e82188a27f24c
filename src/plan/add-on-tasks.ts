/** Kustomizations and manifests of the user, each applied as one and waited for: before the providers, after them, or beside them, as Tilt does. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { applyAddOn, awaitAddOn } from '../components/add-on.ts'
import { chartOptions } from '../components/observability.ts'
import { Failure, messageOf } from '../host/failure.ts'
import { fetchText } from '../host/http.ts'
import type { Work } from '../host/work.ts'
import { kustomizeBuild } from '../manifests/kustomize.ts'
import type { KubeObject } from '../manifests/object.ts'
import { substitute } from '../manifests/substitute.ts'
import { parseManifests } from '../manifests/yaml.ts'
import { isRemote, type Kustomization, type ManifestSource, type Order } from '../settings/add-ons.ts'
import type { Settings } from '../settings/settings.ts'
import { providerVariables } from '../settings/variables.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import { check, type Task, task } from './task.ts'
import type { ToolTasks } from './tool-tasks.ts'
import type { Wanted } from './wanted.ts'

export interface DeployedAddOn {
  readonly name: string
  readonly kind: 'kustomization' | 'manifests' | 'chart'
}

export interface AddOnNeeds {
  readonly tools: ToolTasks
  readonly management: ClusterTasks
  /** What must have been done before. */
  readonly first: readonly Task[]
}

/** Per add-on of this order the task after which it works. */
export function addOnTasks({ settings }: Wanted, order: Order, needed: AddOnNeeds): readonly Task<DeployedAddOn>[] {
  const { additionalKustomizations, manifests } = settings
  const kustomized = Object.entries(additionalKustomizations).filter(([, one]) => one.order === order)
  return [
    ...kustomized.map(([name, one]) => deployed({ name, kind: 'kustomization' }, kustomizeTask(name, one, needed.tools), settings, needed)),
    ...manifests
      .filter(one => one.order === order)
      .map(one => {
        const name = nameOf(one, settings)
        return deployed({ name, kind: 'manifests' }, readTask(name, one, settings), settings, needed)
      }),
  ]
}

function deployed(
  addOn: DeployedAddOn,
  rendered: Task<readonly KubeObject[]>,
  { timeout }: Settings,
  { management: { cluster, services }, first }: AddOnNeeds,
): Task<DeployedAddOn> {
  const name = `${addOn.kind} ${addOn.name}`
  const docs = `Applies ${name}, as soon as the kinds and webhooks that it needs are there.`
  const applied = task(`deploy ${name}`, docs, [rendered, cluster, services, ...first], async work => {
    await applyAddOn({ name, objects: work.of(rendered) }, timeout, work.of(cluster).kube, work)
  })
  return task(readyTask(addOn), `Waits until all pods of ${name} are ready.`, [applied, rendered, cluster], async work => {
    await awaitAddOn({ name, objects: work.of(rendered) }, timeout, work.of(cluster).kube, work)
    return addOn
  })
}

/** Name of the task after which an add-on works. */
export const readyTask = ({ kind, name }: DeployedAddOn): string => `ready ${kind} ${name}`

function kustomizeTask(name: string, { path }: Kustomization, { kustomize, helm }: ToolTasks): Task<readonly KubeObject[]> {
  const docs = `Renders ${path} with kustomize.`
  return task(`render kustomization ${name}`, docs, [kustomize, ...(helm ? [helm] : [])], async work => {
    const options = chartOptions(helm && work.of(helm).path)
    // Tilt substitutes nothing in these.
    const text = await kustomizeBuild({ kustomize: work.of(kustomize).path, directory: path, options }, work)
    return parseManifests(text, `${name} (kustomize build ${path})`)
  })
}

/** As short as it can be told from others: a path from where the run began. */
function nameOf({ from }: ManifestSource, { workingDirectory, manifests }: Settings): string {
  const short = isRemote(from) ? basename(from) : relative(workingDirectory, from)
  const isUnique = manifests.filter(other => basename(other.from) === short).length < 2
  return short === '' || short.startsWith('..') || (isRemote(from) && !isUnique) ? from : short
}

/** What lies here can be judged without a cluster; what is downloaded can't in a dry run. */
function readTask(name: string, source: ManifestSource, settings: Settings): Task<readonly KubeObject[]> {
  const { from } = source
  const variables = providerVariables(settings)
  const read = (texts: readonly NamedText[]): readonly KubeObject[] =>
    texts.flatMap(({ file, text }) =>
      parseManifests(source.substitute ? substitute(text, variables, { file, unset: 'error' }) : text, file),
    )
  return isRemote(from)
    ? task(`render manifests ${name}`, `Downloads ${from}.`, [], async work => read([await downloaded(from, settings, work)]))
    : check(`render manifests ${name}`, `Reads ${from}.`, async () => read(await textsIn(from, settings.sources.manifests.where)))
}

interface NamedText {
  readonly file: string
  readonly text: string
}

const downloaded = async (url: string, { downloadMirrors, githubToken }: Settings, work: Work): Promise<NamedText> => ({
  file: url,
  text: await fetchText(url, work, { mirrors: downloadMirrors, token: githubToken, subject: 'manifests' }),
})

/** A file, or those of a folder as `kubectl apply --filename` takes them: not of folders below it. */
export async function textsIn(path: string, where: string): Promise<readonly NamedText[]> {
  const isFolder = await stat(path).then(
    found => found.isDirectory(),
    (cause: unknown) => {
      throw new Failure({ what: `there are no manifests ${path}`, why: messageOf(cause), remedy: 'correct the path', where, cause })
    },
  )
  if (!isFolder) return [{ file: path, text: await readFile(path, 'utf8') }]
  const names = (await readdir(path)).filter(name => /\.(ya?ml|json)$/.test(name)).toSorted()
  if (names.some(name => /^kustomization\.ya?ml$/.test(name)))
    throw new Failure({
      what: `${path} is a kustomization`,
      why: 'its manifests mean what they should only after kustomize has built it',
      remedy: 'say it among additional-kustomizations',
      where,
    })
  if (names.length === 0)
    throw new Failure({
      what: `${path} has no manifests`,
      why: 'no file there ends in .yaml, .yml or .json',
      remedy: 'name the folder that has them, or the files',
      where,
    })
  return Promise.all(names.map(async name => ({ file: join(path, name), text: await readFile(join(path, name), 'utf8') })))
}
