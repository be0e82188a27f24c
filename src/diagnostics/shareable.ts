/** An object as it may be shown: without what nobody reads, and without values that are secrets by their name. Pure. */
import type { KubeObject } from '../manifests/object.ts'
import { isSecretName } from '../settings/secret-names.ts'

const STARS = '***'

export function shareable<T extends KubeObject>(object: T): T {
  const { managedFields: _, annotations, ...metadata } = object.metadata
  const kept = annotations && Object.fromEntries(Object.entries(annotations).filter(([name]) => !name.endsWith(REPEATS)))
  // Only values that nobody here reads become stars.
  return starred({ ...object, metadata: { ...metadata, ...(kept && { annotations: kept }) } }) as T
}

/** An annotation that holds the whole object again, as text. */
const REPEATS = '/last-applied-configuration'

function starred(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return isSecret(key) && value !== '' ? STARS : withoutSecretFlag(value)
  if (Array.isArray(value)) return value.map(item => starred(item, key))
  if (typeof value !== 'object' || value === null) return value
  const { name } = value as { readonly name?: unknown }
  // Environment variables of containers, variables of a ClusterClass.
  const secret = typeof name === 'string' && isSecretName(snake(name))
  return Object.fromEntries(
    Object.entries(value).map(([field, inside]) => [field, secret && field === 'value' && inside !== '' ? STARS : starred(inside, field)]),
  )
}

/** `token`, `passwd`, and not `dataSecretName`, which says where one is. */
const isSecret = (key: string): boolean => isSecretName(snake(key)) && !/(name|namespace|ref|path|file|ttl)s?$/i.test(key)

/** `apiKey` and `api-key` as variables write it: `api_Key`. */
const snake = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').replaceAll('-', '_')

/** `--password=…` among the arguments of a container, and not `--tls-private-key-file=…` and `--enable-bootstrap-token-auth=true`. */
function withoutSecretFlag(text: string): string {
  const [, flag = '', value = ''] = /^--?([\w-]+)=(.+)$/s.exec(text) ?? []
  return isSecret(flag) && !/^(true|false)$/.test(value) ? `${text.slice(0, -value.length)}${STARS}` : text
}
