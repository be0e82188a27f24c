/** Looks at projects that are no providers: how each is built, and where its manifests are, as far as nobody says it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../host/failure.ts'
import type { ProjectText } from '../settings/add-ons.ts'
import type { Settings } from '../settings/settings.ts'

export interface Project extends Pick<ProjectText, 'folder' | 'args' | 'port' | 'answers'> {
  readonly name: string
  /** Repository of the image as its manifests name it. */
  readonly image: string
  /** From a Dockerfile, or by the Go of this machine. */
  readonly build: { readonly dockerfile: string } | { readonly package: string }
  readonly manifests: { readonly kustomization: string } | { readonly files: readonly string[] }
}

/** Where people keep manifests. */
const FOLDERS = ['manifests', 'deploy', 'k8s', 'kubernetes', 'config/default']

/** @throws Failure for one that is not there, or that says too little. */
export const findProjects = ({ projects, sources }: Pick<Settings, 'projects' | 'sources'>): readonly Project[] =>
  Object.entries(projects).map(([name, text]) => {
    const { where } = sources.projects
    if (!existsSync(text.folder))
      throw new Failure({ what: `project ${name} is not there`, why: `there is no folder ${text.folder}`, where })
    const { folder, args, port, answers, image = name } = text
    return { name, folder, args, port, answers, image, build: buildOf(name, text, where), manifests: manifestsOf(name, text, where) }
  })

function buildOf(name: string, { folder, dockerfile, go }: ProjectText, where: string): Project['build'] {
  if (go !== undefined) return { package: go }
  const file = dockerfile ?? join(folder, 'Dockerfile')
  if (existsSync(file)) return { dockerfile: file }
  if (dockerfile === undefined && existsSync(join(folder, 'go.mod'))) return { package: '.' }
  throw new Failure({
    what: `project ${name} cannot be built`,
    why: dockerfile === undefined ? `${folder} has neither a Dockerfile nor a go.mod` : `there is no ${dockerfile}`,
    remedy: 'say its `folder`, or where its `dockerfile` is',
    where,
  })
}

function manifestsOf(name: string, { folder, manifests, kustomize }: ProjectText, where: string): Project['manifests'] {
  if (kustomize !== undefined) return { kustomization: kustomize }
  const said =
    manifests.length > 0
      ? manifests
      : FOLDERS.map(one => join(folder, one))
          .filter(existsSync)
          .slice(0, 1)
  const missing = said.find(path => !existsSync(path))
  if (said.length === 0 || missing !== undefined)
    throw new Failure({
      what: `project ${name} has no manifests`,
      why: missing === undefined ? `${folder} has none of the folders ${FOLDERS.join(', ')}` : `there is no ${missing}`,
      remedy: 'say its `manifests`, or a `kustomize` folder',
      where,
    })
  const [only = '', ...others] = said
  const isKustomization = others.length === 0 && ['yaml', 'yml'].some(end => existsSync(join(only, `kustomization.${end}`)))
  return isKustomization ? { kustomization: only } : { files: said }
}
