/** Where a provider's Dockerfile is: beside it, at the root, or where some have it. Pure over the checkout. */
import { posix } from 'node:path'
import { Failure } from '../host/failure.ts'
import { below, type Files } from './files.ts'

/** Folders with one folder per image, or with the only Dockerfile. */
const IMAGES = ['images', 'build', 'build/package', 'package', 'docker']

export interface WantedDockerfile {
  readonly name: string
  readonly context: string
  readonly label?: string
  readonly image?: string | undefined
  /** As the user says it. */
  readonly dockerfile?: string | undefined
  /** Of the entry that describes the provider. */
  readonly where?: string | undefined
}

/**
 * Its path from the root.
 * @throws Failure where there is none, or there are several that it could be.
 */
export function dockerfileOf(files: Files, wanted: WantedDockerfile): string {
  const { name, context, dockerfile: said, where } = wanted
  if (said !== undefined) {
    if (files.has(said)) return said
    throw new Failure({
      what: `provider ${name} has no Dockerfile`,
      why: `there is no ${said}`,
      remedy: 'correct `dockerfile` of it',
      where,
    })
  }
  const usual = [below(context, 'Dockerfile'), 'Dockerfile'].find(files.has)
  if (usual !== undefined) return usual
  const folders = IMAGES.flatMap(folder => [
    folder,
    ...files.list(folder).flatMap(one => (one.endsWith('/') ? below(folder, one.slice(0, -1)) : [])),
  ])
  const others = [...new Set(folders)].map(folder => below(folder, 'Dockerfile')).filter(files.has)
  const suffixed = files.list('.').filter(file => /^(Dockerfile\.\w+|\w+\.Dockerfile)$/.test(file))
  const found = [...others, ...suffixed]
  const named = found.filter(path => namesOf(wanted).includes(posix.basename(posix.dirname(path)).toLowerCase()))
  const [only, ...more] = named.length > 0 ? named : found
  if (only !== undefined && more.length === 0) return only
  throw new Failure({
    what: only === undefined ? `provider ${name} has no Dockerfile` : `it is not said which Dockerfile is that of provider ${name}`,
    why:
      only === undefined
        ? `there is none in ${[...new Set([context, '.', ...IMAGES])].join(', ')}`
        : `there are ${[only, ...more].join(', ')}`,
    remedy: 'say it as `dockerfile` of the provider in `provider-config`',
    where,
  })
}

/** What a folder of its image is called: as the provider, its label, or its image with or without what stands behind a dash. */
function namesOf({ name, label = '', image = '' }: WantedDockerfile): readonly string[] {
  const called = posix.basename(image).replace(/[:@].*$/, '')
  return [name, label, called, called.replace(/-[^-]*$/, '')].map(one => one.toLowerCase())
}
