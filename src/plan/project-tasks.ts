/** Plain projects: built from a Dockerfile or by the Go of this machine, pushed, deployed with what was built, waited for. No provider has to do with them. */
import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { applyAddOn, awaitAddOn } from '../components/add-on.ts'
import type { Reach } from '../components/observability.ts'
import { projectAnswers, reachOfProject } from '../components/project.ts'
import { applyPullSecrets } from '../components/pull-secret.ts'
import { fillArgs, fillSecrets, requireArgs, requireDeclared } from '../images/build-args.ts'
import { builtBefore, keyOfBuild, noteBuilt } from '../images/built-note.ts'
import { compileManager } from '../images/compile.ts'
import { hashContext } from '../images/context.ts'
import { buildImage } from '../images/docker-build.ts'
import { readDockerfile } from '../images/dockerfile.ts'
import { readImage } from '../images/layout.ts'
import { type PushedImage, pushImage, pushManager, tagOf } from '../images/push.ts'
import { repositoryBelow } from '../images/reference.ts'
import { waitFor } from '../kube/wait.ts'
import { kustomizeBuild } from '../manifests/kustomize.ts'
import { setImage } from '../manifests/manager-image.ts'
import type { KubeObject } from '../manifests/object.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { Project } from '../providers/projects.ts'
import { goVersionOf } from '../providers/repository.ts'
import { type AddOnNeeds, textsIn } from './add-on-tasks.ts'
import { PLATFORM } from './buildable.ts'
import { chosenBuilder } from './dockerfile-tasks.ts'
import { baseTask, type ImageRegistry, pullsOf } from './registry-tasks.ts'
import { check, cpuTask, type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

export interface DeployedProject {
  readonly name: string
  /** Reference of the image that it runs. */
  readonly image: string
  /** Nothing for one without a Service. */
  readonly reach: Reach | undefined
}

const USER = '65532:65532'

/** Per project the task after which it works. */
export function projectTasks(wanted: Wanted, needed: AddOnNeeds): readonly Task<DeployedProject>[] {
  const { projects = [], settings } = wanted
  const { registry } = needed.management
  const compiled = projects.some(({ build }) => 'package' in build)
  const base = compiled ? { ...baseTask(settings, PLATFORM, registry, []), name: 'base image of projects' } : undefined
  return projects.map(project => {
    const image =
      'package' in project.build && base
        ? compiledImage(project, project.build.package, base, wanted, registry)
        : builtImage(project, 'dockerfile' in project.build ? project.build.dockerfile : '', wanted, registry)
    return readyTask(project, image, wanted, needed)
  })
}

const folderOf = ({ cacheDir, clusterName }: Wanted['settings'], { folder }: Project): string =>
  join(cacheDir, 'projects', `${clusterName}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`)

function compiledImage(
  project: Project,
  main: string,
  base: ReturnType<typeof baseTask>,
  { settings }: Wanted,
  registry: Task<ImageRegistry>,
): Task<PushedImage> {
  const { name, folder, image } = project
  const source = {
    name,
    root: folder,
    package: main,
    output: join(folderOf(settings, project), name),
    ldflags: ['-s', '-w'],
    goos: PLATFORM.os,
    goarch: PLATFORM.architecture,
  }
  const compile = cpuTask(`compile project ${name}`, `Compiles ${main} of ${folder} with the host's Go.`, [], work =>
    compileManager(source, work),
  )
  return task(
    `image project ${name}`,
    `Puts ${name} on ${settings.baseImage} and into the registry.`,
    [compile, base, registry],
    async work => {
      const { address, client } = work.of(registry)
      const made = { ...repositoryBelow(address, image), binary: work.of(compile).path, base: work.of(base), user: USER }
      const pushed = await pushManager(made, client, work)
      if (!pushed.pushed) work.unchanged(`${client.called} has ${pushed.reference}`)
      return pushed
    },
  )
}

function builtImage(project: Project, dockerfile: string, { settings }: Wanted, registry: Task<ImageRegistry>): Task<PushedImage> {
  const { name, folder, args: said } = project
  return task(
    `image project ${name}`,
    `Builds ${dockerfile} with ${settings.builder ?? "the engine's builder"}, and puts it into the registry.`,
    [registry],
    async work => {
      const text = await readFile(dockerfile, 'utf8')
      const read = readDockerfile(text)
      requireDeclared(said, [read], settings.sources.projects.where)
      const { os, architecture } = PLATFORM
      const known = {
        goVersion: await goVersionOf(folder),
        builderImage: settings.builderImage,
        os,
        architecture,
        package: '.',
        ldflags: '',
      }
      const args = fillArgs(read, { ...known, version: '', goproxy: settings.environment.GOPROXY }, said)
      requireArgs(read, args, dockerfile)
      const output = join(folderOf(settings, project), `${name}.image`)
      const secrets = fillSecrets(read.secrets, settings.environment)
      const build = { name, folder, dockerfile, platform: PLATFORM, args, secrets, hidden: settings.secrets, output }
      const { address, client } = work.of(registry)
      const repository = repositoryBelow(address, project.image)
      const key = async () => keyOfBuild({ context: await hashContext(build, work), dockerfile: text, args, platform: PLATFORM })
      const before = await key()
      const there = await builtBefore(`${output}.json`, before, repository, client, work)
      if (there !== undefined) {
        work.unchanged(`nothing that it is built from has changed, ${client.called} has ${there.reference}`)
        return there
      }
      await buildImage(build, await chosenBuilder(settings, PLATFORM, work), work)
      const image = await readImage(output, PLATFORM)
      const pushed = await pushImage({ ...repository, version: tagOf(image.manifest) }, image, client, work)
      await noteBuilt(`${output}.json`, (await key()) === before ? [before] : [], pushed)
      await rm(output, { recursive: true, force: true })
      return pushed
    },
  )
}

function renderTask({ name, manifests }: Project, { settings: { sources } }: Wanted, { tools }: AddOnNeeds): Task<readonly KubeObject[]> {
  if ('files' in manifests) {
    return check(`render project ${name}`, `Reads ${manifests.files.join(', ')}.`, async () => {
      const texts = (await Promise.all(manifests.files.map(file => textsIn(file, sources.projects.where)))).flat()
      return texts.flatMap(({ file, text }) => parseManifests(text, file))
    })
  }
  const directory = manifests.kustomization
  return task(`render project ${name}`, `Renders ${directory} with kustomize.`, [tools.kustomize], async work =>
    parseManifests(
      await kustomizeBuild({ kustomize: work.of(tools.kustomize).path, directory }, work),
      `${name} (kustomize build ${directory})`,
    ),
  )
}

function readyTask(project: Project, image: Task<PushedImage>, wanted: Wanted, needed: AddOnNeeds): Task<DeployedProject> {
  const { name, port, answers } = project
  const { settings } = wanted
  const { management, first } = needed
  const { cluster, connected, services } = management
  const rendered = renderTask(project, wanted, needed)
  const pulls = pullsOf(settings, management.registry)
  const needs = [rendered, image, cluster, connected, services, ...pulls.needs, ...first]
  const deployed = task(`deploy project ${name}`, `Applies the manifests of ${name} with its image.`, needs, async work => {
    const { reference } = work.of(image)
    const { kube } = work.of(cluster)
    const objects = setImage(work.of(rendered), project.image, reference)
    const login = settings.pullSecret ? pulls.loginFor(reference, work) : undefined
    const secured = login ? await applyPullSecrets(objects, login, kube, work) : objects
    await applyAddOn({ name: `project ${name}`, objects: secured }, settings.timeout, kube, work)
    return secured
  })
  const docs = `Waits until all pods of ${name} are ready${answers === undefined ? '' : `, and it answers ${answers}`}.`
  return task(`ready project ${name}`, docs, [deployed, image, cluster], async work => {
    const objects = work.of(deployed)
    const { kube } = work.of(cluster)
    await awaitAddOn({ name: `project ${name}`, objects }, settings.timeout, kube, work)
    await waitFor(projectAnswers(name, objects, answers), kube, { timeout: settings.timeout, subject: `project ${name}` }, work)
    return { name, image: work.of(image).reference, reach: reachOfProject(objects, port) }
  })
}
