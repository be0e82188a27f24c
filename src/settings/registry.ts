/** What is said of a registry, judged together: a login is whole, belongs to a registry, and certificates are certificates. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { entryFor, readDockerConfig } from '../host/docker-config.ts'
import { messageOf } from '../host/failure.ts'
import { nameOf } from './field.ts'
import type { FieldKey, FieldValues } from './fields.ts'
import type { Problem, Said } from './said.ts'
import type { Source } from './source.ts'

const login = ['registryUsername', 'registryPassword'] as const

/** A job's environment may hold a login for some of its steps: there it is no mistake where no registry is named. Pure. */
export const registryProblems = (values: Partial<FieldValues>, from: Partial<Record<FieldKey, Source>>): Problem[] => [
  ...deliveryProblems(values, from),
  ...loginProblems(values, from),
]

/** What is loaded goes to no registry, and to nodes of kind's alone. */
function deliveryProblems(
  { imageDelivery, registry, kubeconfig }: Partial<FieldValues>,
  from: Partial<Record<FieldKey, Source>>,
): Problem[] {
  if (imageDelivery !== 'load') return []
  const where = from.imageDelivery?.where ?? 'default'
  return [
    ...(registry === undefined ? [] : [{ text: 'image-delivery is load, but images are to go to registry: say one of them', where }]),
    ...(kubeconfig === undefined
      ? []
      : [{ text: 'image-delivery is load, which needs a kind cluster: say its cluster-name instead of kubeconfig', where }]),
  ]
}

function loginProblems(values: Partial<FieldValues>, from: Partial<Record<FieldKey, Source>>): Problem[] {
  const said = login.filter(key => values[key] !== undefined)
  const [only] = said
  if (only === undefined) return []
  const where = from[only]?.where ?? 'default'
  // Of a registry that is no valid one another problem is said.
  const named = values.registry !== undefined || from.registry?.kind !== 'default'
  if (!named && from[only]?.kind !== 'environment') return [{ text: `${nameOf(only)} has no effect: set registry`, where }]
  // A dry run needs no secrets: where there are none, it tells what is wrong beside them.
  const missing = login.find(key => values[key] === undefined && !(values.dryRun && key === 'registryPassword'))
  return missing !== undefined && named ? [{ text: `${nameOf(only)} is set, but not ${nameOf(missing)}`, where }] : []
}

export interface Pushing {
  readonly values: Partial<FieldValues>
  readonly from: Partial<Record<FieldKey, Source>>
  /** Tilt's `default_registry`, where that is what names the registry. */
  readonly said: Said | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * A kind cluster has a local registry, and Tilt takes that whatever `default_registry` says: the registry of somebody's project stands there in files that others use too.
 * Here it is pushed to where somebody logs in to it.
 * @returns why it is not.
 */
export async function localInstead({ values, from, said, env }: Pushing): Promise<string | undefined> {
  const { registry, kubeconfig, registryUsername, imageDelivery } = values
  if (registry === undefined || from.registry?.kind !== 'file' || said?.name !== 'default_registry') return undefined
  if (kubeconfig !== undefined || registryUsername !== undefined || imageDelivery === 'load') return undefined
  const host = registry.split('/')[0] ?? registry
  if (await knowsLogin(host, env)) return undefined
  return `images go to the local registry, as in Tilt with a kind cluster: nobody logs in to ${host}, which default_registry names (${from.registry.where}); say it as registry to have it used all the same`
}

/** Whether Docker has a login for a registry: those that a store keeps (`credsStore`) have an entry all the same. */
async function knowsLogin(registry: string, env: Pushing['env']): Promise<boolean> {
  const { auths = {}, credHelpers = {} } = (await readDockerConfig(env)) ?? {}
  return entryFor(registry, auths) !== undefined || entryFor(registry, credHelpers) !== undefined
}

/** A password as it is written, and as HTTP and pull secrets carry it. Pure. */
export const registrySecrets = ({ registryUsername, registryPassword = '' }: FieldValues): string[] =>
  registryPassword === '' ? [] : [registryPassword, Buffer.from(`${registryUsername}:${registryPassword}`).toString('base64')]

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** The certificates of a text or a file, and nothing else of it. */
export async function readRegistryCa(said: Said | undefined, problems: Problem[]): Promise<string | undefined> {
  if (said === undefined || typeof said.raw !== 'string') return undefined
  const isText = said.raw.includes('-----BEGIN')
  const text = isText ? said.raw : await readFile(resolve(said.base, said.raw.trim()), 'utf8').catch(() => undefined)
  const complain = (text: string) => void problems.push({ text, where: said.whereOf([]) })
  if (text === undefined) {
    complain(`${said.name} is ${JSON.stringify(said.raw)}, but there is no such file`)
    return undefined
  }
  const certificates = text.match(CERTIFICATE) ?? []
  if (certificates.length === 0) complain(`${said.name} has no certificate in PEM form`)
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate)
    } catch (error) {
      complain(`${said.name} has a certificate that cannot be read: ${messageOf(error)}`)
    }
  }
  return certificates.join('\n')
}
