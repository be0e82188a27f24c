/** A ServiceAccount with a Role for what comes after us: its kubeconfig is good for one namespace and for a while. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Failure } from '../host/failure.ts'
import type { Recorder, Work } from '../host/work.ts'
import { writing } from '../host/writing.ts'
import { applyAll } from '../kube/apply.ts'
import type { Kube } from '../kube/connect.ts'
import { isThere } from '../kube/read.ts'
import type { KubeObject } from '../manifests/object.ts'
import { parseYaml } from '../manifests/yaml.ts'

export interface ServiceAccount {
  readonly name: string
  readonly namespace: string
  /** Of its Role. */
  readonly rules: readonly object[]
}

export interface Token {
  readonly token: string
  /** As the API server says it: `2026-01-01T12:00:00Z`. It may be sooner than was asked for. */
  readonly expires: string
}

/** The account, what it may do, and its namespace where that is missing. Clean-up of a cluster that stays takes them back, as all that is applied. */
export async function applyServiceAccount(account: ServiceAccount, kube: Kube, work: Work): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: account.namespace }
  const missing = !(await isThere(kube, namespace, work.signal))
  await applyAll(kube, [...(missing ? [namespaceOf(account)] : []), ...accountObjects(account)], {}, work)
}

const namespaceOf = ({ namespace }: ServiceAccount): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })

/** Pure. */
export function accountObjects({ name, namespace, rules }: ServiceAccount): readonly KubeObject[] {
  const metadata = { name, namespace }
  const group = 'rbac.authorization.k8s.io'
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
}

/** @param seconds How long it is to be good for. */
export async function requestToken({ name, namespace }: ServiceAccount, seconds: number, kube: Kube, signal: AbortSignal): Promise<Token> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: seconds } }
  const { status } = await kube.request<{ status: { token: string; expirationTimestamp: string } }>('POST', path, { signal, body })
  return { token: status.token, expires: status.expirationTimestamp }
}

/**
 * A kubeconfig of the cluster that `context` of `text` leads to, with nothing but the token in it. JSON is YAML too.
 * @param file Where `text` is from, for paths in it and for errors.
 * @throws Failure when it leads nowhere.
 */
export async function restrictedKubeconfig(
  text: string,
  file: string,
  context: string,
  account: ServiceAccount,
  { token }: Token,
): Promise<string> {
  const { value } = parseYaml(text, file)
  const name = fieldOf(named(value, 'contexts', context)?.context, 'cluster')
  const cluster = typeof name === 'string' ? named(value, 'clusters', name)?.cluster : undefined
  if (!isMapping(cluster)) throw new Failure({ what: `kubeconfig ${file} has no cluster for context ${context}`, where: file })
  const user = `${account.namespace}/${account.name}`
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster: await withoutFiles(cluster, dirname(file)) }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: context, context: { cluster: context, user, namespace: account.namespace } }],
    'current-context': context,
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

/** Whoever gets the kubeconfig needs no other file. */
async function withoutFiles(cluster: Mapping, folder: string): Promise<Mapping> {
  const { 'certificate-authority': ca, ...rest } = cluster
  if (typeof ca !== 'string' || rest['certificate-authority-data'] !== undefined) return rest
  return { ...rest, 'certificate-authority-data': (await readFile(resolve(folder, ca))).toString('base64') }
}

type Mapping = Readonly<Record<string, unknown>>

const isMapping = (value: unknown): value is Mapping => typeof value === 'object' && value !== null && !Array.isArray(value)

const fieldOf = (value: unknown, field: string): unknown => (isMapping(value) ? value[field] : undefined)

function named(config: unknown, list: string, name: string): Mapping | undefined {
  const entries = fieldOf(config, list)
  return Array.isArray(entries) ? entries.filter(isMapping).find(entry => entry.name === name) : undefined
}

/** Writes it to `file`, readable by its owner only. */
export async function writeRestricted(file: string, text: string, record: Recorder): Promise<void> {
  await record({ kind: 'path', path: file })
  await writing(dirname(file), async () => {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { mode: 0o600 })
    // The mode of writeFile counts for new files only.
    await chmod(file, 0o600)
  })
}
