/** What an API server answers when it refuses, and which of its refusals pass by themselves. */
import { Failure, messageOf } from '../host/failure.ts'

/** `metav1.Status`, the body of a refusal. */
export interface Status {
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  }
}

/** The API server answered, and the answer is no. */
export class ApiError extends Failure {
  readonly code: number
  /** `NotFound`, `Invalid`, `AlreadyExists`…; empty where the API server gives none (it gives none with many of its 500s). */
  readonly reason: string
  /** Seconds that the API server asks to wait. */
  readonly retryAfter: number | undefined
  readonly status: Status

  constructor(request: string, code: number, status: Status, retryAfter?: number) {
    super({
      what: `the API server answered ${code} to ${request}`,
      why: status.message?.trim() || undefined,
      details: (status.details?.causes ?? []).map(cause =>
        cause.field ? `${cause.field}: ${cause.message ?? ''}` : (cause.message ?? ''),
      ),
    })
    this.name = 'ApiError'
    this.code = code
    this.reason = status.reason ?? ''
    this.retryAfter = retryAfter ?? status.details?.retryAfterSeconds
    this.status = status
  }
}

/** There was no answer: connection refused, reset, a name that does not resolve, a certificate that is not trusted. */
export class Unreachable extends Failure {
  constructor(server: string, error: unknown) {
    super({
      what: `the API server ${server} does not answer`,
      why: messageOf(error),
      remedy: 'is the cluster running, and is this its kubeconfig?',
      cause: error,
    })
    this.name = 'Unreachable'
  }
}

const apiError = (error: unknown): ApiError | undefined => (error instanceof ApiError ? error : undefined)

export const isNotFound = (error: unknown): boolean => apiError(error)?.code === 404
/** 404 of an object by name; an API server that is starting answers 404 without one to kinds that it does not serve yet. */
export const isGone = (error: unknown): boolean => isNotFound(error) && apiError(error)?.status.details?.name !== undefined
export const isAlreadyExists = (error: unknown): boolean => apiError(error)?.reason === 'AlreadyExists'

/** We may not: by the API server's own authorization, not by a webhook's denial. */
export const isForbidden = (error: unknown): boolean => apiError(error)?.code === 403 && !isDenied(error)

/**
 * A webhook (admission or conversion) that the API server could not call. Texts of apiserver/pkg/admission/plugin/webhook/errors
 * and apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go: both come with code 500.
 */
export const isWebhookUnreachable = (error: unknown): boolean =>
  /failed calling webhook|conversion webhook for .* failed/.test(apiError(error)?.status.message ?? '')

/**
 * The end of the story first: `webhook default.cluster.x-k8s.io: connect: connection refused` for `Internal error occurred: failed calling
 * webhook "default.cluster.x-k8s.io": failed to call webhook: Post "https://…": dial tcp 10.96.0.9:443: connect: connection refused`.
 */
export function sayRefusal(message: string): string {
  const text = message.replace(/^Internal error occurred: /, '')
  const webhook = /^failed calling webhook "([^"]*)": (?:failed to call webhook: )?(.*)$/s.exec(text)
  const conversion = /^(conversion webhook for .*?) failed: (.*)$/s.exec(text)
  const [subject, story] = webhook ? [`webhook ${webhook[1]}`, webhook[2]] : [conversion?.[1], conversion?.[2]]
  if (!subject || !story) return text
  return `${subject}: ${story.replace(/^Post "[^"]*": /, '').replace(/^dial tcp \S+: /, '')}`
}

/** What is there differs in a field that can't be changed: `spec.selector: Invalid value: …: field is immutable`. */
export const isImmutable = (error: unknown): boolean =>
  apiError(error)?.code === 422 && /field is immutable/.test(apiError(error)?.status.message ?? '')

/** A webhook was called and said no. */
export const isDenied = (error: unknown): boolean => /admission webhook ".*" denied the request/.test(apiError(error)?.status.message ?? '')

/** Server-side apply's refusal of unknown fields and wrong types. It comes as a 500 without a reason (seen on 1.34), and stays one however often one asks. */
export const isTypedPatchError = (error: unknown): boolean =>
  apiError(error)?.status.message?.startsWith('failed to create typed patch object') ?? false

/** Refusals of a server that is busy or starting, beside the unreachable one: 429, 5xx, and a conflict with a write at the same moment. */
export const isPassing = (error: unknown): boolean => {
  if (error instanceof Unreachable) return true
  const answer = apiError(error)
  if (!answer || isWebhookUnreachable(error) || isTypedPatchError(error) || isDenied(error)) return false
  return answer.code === 429 || answer.code >= 500 || answer.reason === 'Conflict' || answer.reason === 'AlreadyExists'
}
