/** Where a provider's Dockerfile is: beside it, at the root, or where some have it. Pure over the checkout. */
import { Failure } from '../host/failure.ts'
import { below, type Files } from './files.ts'

/** Folders with one folder per image, or with the only Dockerfile. */
const IMAGES = ['images', 'build', 'build/package', 'package', 'docker']

/**
 * Its path from the root.
 * @param said As the user says it.
 * @throws Failure where there is none, or there are several that it could be.
 */
export function dockerfileOf(files: Files, name: string, context: string, said?: string, where?: string): string {
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
  const [only, ...more] = [...others, ...suffixed]
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
