/** The one kind of error that users see: what failed, on which object, why, and what to do. Anything else that is thrown is a bug of ours. */

export interface FailureText {
  /** The first line: what failed and on which object, without a full stop. */
  readonly what: string
  /** The reason, in words of the tool or API that said it. */
  readonly why?: string | undefined
  /** What the user can do about it. */
  readonly remedy?: string | undefined
  /** Where it is: `file:line:column`, or objects as `Kind namespace/name`. */
  readonly where?: string | readonly string[] | undefined
  /** Context worth reading after the first lines: last output lines, events, container logs. */
  readonly details?: readonly string[] | undefined
  readonly cause?: unknown
}

export class Failure extends Error {
  readonly what: string
  readonly why: string | undefined
  readonly remedy: string | undefined
  readonly where: readonly string[]
  readonly details: readonly string[]

  constructor(text: FailureText) {
    super(text.why ? `${text.what}: ${text.why}` : text.what, { cause: text.cause })
    this.name = 'Failure'
    this.what = text.what
    this.why = text.why
    this.remedy = text.remedy
    this.where = typeof text.where === 'string' ? [text.where] : [...new Set(text.where)]
    this.details = text.details ?? []
  }
}

/** Why a signal fires where something else has failed, and nobody is in a hurry to be gone. */
export class StoppedByFailure extends Error {
  constructor() {
    super('something else has failed')
    this.name = 'AbortError'
  }
}

/** True for the error that an aborted signal throws: a consequence, never the reason to show. */
export const isCancellation = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'CancelError')

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
