/** Whether admission webhooks answer: their CA bundles, and one real question to one of them. */
import type { KubeObject } from '../manifests/object.ts'
import { ApiError, isAlreadyExists, isDenied, isForbidden, isWebhookUnreachable, sayRefusal } from './api-error.ts'
import { FIELD_MANAGER } from './apply.ts'
import type { Kube } from './connect.ts'
import { isCrd } from './crds.ts'
import { pathOf } from './discovery.ts'
import { type CustomResourceDefinition, oneLine, type Webhook, type WebhookConfiguration } from './objects.ts'
import { METADATA_ONLY } from './read.ts'
import type { Check } from './wait.ts'

/** Annotations by which cert-manager's cainjector knows what to fill in. */
const INJECT = ['cert-manager.io/inject-ca-from', 'cert-manager.io/inject-ca-from-secret', 'cert-manager.io/inject-apiserver-ca']

export const isWebhookConfiguration = (object: KubeObject): object is WebhookConfiguration =>
  object.kind === 'MutatingWebhookConfiguration' || object.kind === 'ValidatingWebhookConfiguration'

/** True for objects that cert-manager must put a CA bundle into before the API server can call what they name. */
export function wantsCaBundle(object: KubeObject): boolean {
  if (!INJECT.some(annotation => object.metadata.annotations?.[annotation])) return false
  return isWebhookConfiguration(object) || (isCrd(object) && object.spec.conversion?.strategy === 'Webhook')
}

/** The CA bundle is in a webhook configuration or in a CRD's conversion. */
export function caBundleInjected(object: {
  kind: string
  metadata: { name: string; annotations?: Readonly<Record<string, string>> | undefined }
}): Check {
  const name = `${object.kind} ${object.metadata.name}`
  const path = pathOfCluster(object.kind, object.metadata.name)
  const said = INJECT.find(annotation => object.metadata.annotations?.[annotation])
  const from = said === undefined ? `the object's ${INJECT[0]}` : `its ${said}, ${object.metadata.annotations?.[said]},`
  return {
    name: `CA bundle in ${name}`,
    unmet: `${name} has no CA bundle`,
    test: (kube, signal) =>
      object.kind === 'CustomResourceDefinition' ? missingInCrd(kube, path, signal) : missingInConfiguration(kube, path, signal),
    async explain() {
      return {
        remedy: `does ${from} name a Certificate that is Ready, and does cert-manager-cainjector run?`,
        details: [],
      }
    },
  }
}

const pathOfCluster = (kind: string, name: string): string =>
  kind === 'CustomResourceDefinition'
    ? `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`
    : `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s/${name}`

async function missingInConfiguration(kube: Kube, path: string, signal: AbortSignal): Promise<string | undefined> {
  const { webhooks = [] } = await kube.request<WebhookConfiguration>('GET', path, { signal })
  const empty = webhooks.filter(({ clientConfig }) => !isBundle(clientConfig.caBundle))
  return empty.length > 0 ? `${webhooks.length - empty.length} of ${webhooks.length} webhooks have it` : undefined
}

/**
 * Whether a CRD's bundle is set is read from managedFields (who owns `spec.conversion.webhook.clientConfig.caBundle`): the CRD itself
 * is up to 0.5 MB, and there are dozens. Only where the owner is not cert-manager, the CRD is read to tell a bundle from a placeholder.
 */
async function missingInCrd(kube: Kube, path: string, signal: AbortSignal): Promise<string | undefined> {
  // From the API server's own memory (resourceVersion 0): a read from etcd decodes all of it.
  const query = { resourceVersion: 0 }
  const owners = bundleOwners(await kube.request<KubeObject>('GET', path, { signal, accept: METADATA_ONLY, query }))
  if (owners.some(owner => owner.includes('cainjector'))) return undefined
  if (owners.every(owner => owner === FIELD_MANAGER)) return 'empty'
  const crd = await kube.request<CustomResourceDefinition>('GET', path, { signal })
  return isBundle(crd.spec.conversion?.webhook?.clientConfig?.caBundle) ? undefined : 'empty'
}

/** The managers that own a CRD's conversion CA bundle. */
export function bundleOwners({ metadata }: KubeObject): string[] {
  const entries: readonly { manager: string; fieldsV1?: object }[] = Array.isArray(metadata.managedFields) ? metadata.managedFields : []
  const path = ['f:spec', 'f:conversion', 'f:webhook', 'f:clientConfig', 'f:caBundle']
  return entries.filter(({ fieldsV1 }) => hasPath(fieldsV1, path)).map(({ manager }) => manager)
}

const hasPath = (value: unknown, [key, ...rest]: readonly string[]): boolean =>
  key === undefined || (typeof value === 'object' && value !== null && hasPath(Reflect.get(value, key), rest) && key in value)

/** Placeholders (`Cg==` is a newline, as kubebuilder once wrote it) are no bundle. */
const isBundle = (bundle: string | undefined): boolean => (bundle?.length ?? 0) > 8

/** A webhook that a server-side dry-run can reach, and what to send. */
export interface Question {
  readonly webhook: string
  readonly mutating: boolean
  readonly apiVersion: string
  readonly plural: string
}

/**
 * The questions that can be asked of webhooks, best first. A create is seen by mutating webhooks before the schema is checked, by
 * validating ones after (apiserver/pkg/endpoints/handlers/create.go: Admit, then the storage's Validate), so any object reaches a
 * mutating one. Only those count whose silence would be an error and that no selector or condition keeps from being called.
 */
export function questionsFor(configurations: readonly WebhookConfiguration[]): readonly Question[] {
  const all = configurations.flatMap(configuration => {
    const mutating = configuration.kind === 'MutatingWebhookConfiguration'
    return (configuration.webhooks ?? []).filter(isCertain).flatMap(webhook => questionsOf(webhook, mutating))
  })
  return all.toSorted((a, b) => Number(b.mutating) - Number(a.mutating))
}

const isCertain = (webhook: Webhook): boolean =>
  (webhook.failurePolicy ?? 'Fail') === 'Fail' &&
  ['None', 'NoneOnDryRun'].includes(webhook.sideEffects ?? '') &&
  !hasContent(webhook.namespaceSelector) &&
  !hasContent(webhook.objectSelector) &&
  (webhook.matchConditions ?? []).length === 0

const hasContent = (value: object | undefined): boolean => value !== undefined && Object.keys(value).length > 0

const questionsOf = (webhook: Webhook, mutating: boolean): Question[] =>
  (webhook.rules ?? [])
    .filter(({ operations = [] }) => operations.includes('CREATE') || operations.includes('*'))
    .flatMap(({ apiGroups = [], apiVersions = [], resources = [] }) =>
      apiGroups.flatMap(group =>
        apiVersions.flatMap(version =>
          resources
            .filter(plural => ![group, version, plural].includes('*') && !plural.includes('/'))
            .map(plural => ({ webhook: webhook.name, mutating, apiVersion: group ? `${group}/${version}` : version, plural })),
        ),
      ),
    )

/**
 * One webhook of these configurations answers: a minimal object is created by dry-run, and whatever the webhook says of it, a denial
 * too, proves the way to it: Service, endpoints, certificate, CA bundle. Undefined where no webhook can be asked.
 */
export function webhookAnswers(configurations: readonly WebhookConfiguration[]): Check | undefined {
  const questions = questionsFor(configurations)
  const [first] = questions
  if (!first) return undefined
  return {
    name: `an answer of webhook ${first.webhook}`,
    unmet: `webhook ${first.webhook} does not answer`,
    async test(kube, signal) {
      for (const question of questions) {
        const verdict = await ask(kube, question, signal)
        if (verdict === 'answered') return undefined
        if (verdict !== 'unasked') return verdict.silent
      }
      // None could be reached by a minimal object: the other checks are all that can be known.
      return undefined
    },
    async hopeless(kube, seconds, signal) {
      // Rights that were given just now take a moment.
      const verdict = seconds < FORBIDDEN_SECONDS ? 'unasked' : await ask(kube, first, signal)
      if (typeof verdict === 'string' || !verdict.forbidden) return undefined
      return { why: verdict.silent, remedy: `let this user create ${first.plural}: the question is one, by dry-run`, details: [] }
    },
    async explain() {
      return { remedy: 'do the pods behind its Service run, and does their certificate fit the CA bundle?', details: [] }
    },
  }
}

/** `forbidden`: by who we are, not by what the webhook says. */
type Verdict = 'answered' | 'unasked' | { readonly silent: string; readonly forbidden?: true }

const FORBIDDEN_SECONDS = 15

async function ask(kube: Kube, question: Question, signal: AbortSignal): Promise<Verdict> {
  const resource = await kube.discovery.findByPlural(question.apiVersion, question.plural, signal)
  if (!resource) return { silent: `${question.plural} of ${question.apiVersion} are not served` }
  const name = 'capi-actions-probe'
  const namespace = resource.namespaced ? 'default' : undefined
  const body = { apiVersion: resource.apiVersion, kind: resource.kind, metadata: { name, ...(namespace ? { namespace } : {}) } }
  try {
    await kube.request('POST', pathOf(resource, namespace), { signal, query: { dryRun: 'All' }, body })
    return 'answered'
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ApiError)) throw error
    return verdictOn(error, question)
  }
}

/** What a refusal of the dry-run says about the webhook. */
export function verdictOn(error: ApiError, question: Pick<Question, 'mutating' | 'webhook'>): Verdict {
  if (isWebhookUnreachable(error)) return { silent: silenceOf(error, question) }
  if (isDenied(error) || isAlreadyExists(error)) return 'answered'
  // Refused by the schema: after the mutating webhooks, before the validating ones.
  if (error.code === 422) return question.mutating ? 'answered' : 'unasked'
  if (error.code === 400) return 'unasked'
  return { silent: oneLine(error.why ?? error.what, 200), ...(isForbidden(error) ? { forbidden: true } : {}) }
}

/** Without the webhook's name where it is the one asked. */
const silenceOf = (error: ApiError, { webhook }: Pick<Question, 'webhook'>): string => {
  const said = sayRefusal(error.why ?? error.what)
  const own = `webhook ${webhook}: `
  return oneLine(said.startsWith(own) ? said.slice(own.length) : said, 200)
}
