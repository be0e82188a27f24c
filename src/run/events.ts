/** What a run tells those who watch it (log, live tree, report), as it happens. Times are milliseconds since the epoch. */

export type Outcome =
  | { readonly status: 'done'; readonly value: unknown }
  | { readonly status: 'skipped'; readonly reason: string; readonly value: unknown }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'cancelled' }

export type RunEvent =
  | {
      readonly type: 'planned'
      readonly at: number
      readonly tasks: readonly { readonly name: string; readonly needs: readonly string[] }[]
    }
  | { readonly type: 'started'; readonly at: number; readonly task: string }
  | { readonly type: 'output'; readonly at: number; readonly task: string; readonly line: string }
  | { readonly type: 'waiting'; readonly at: number; readonly task: string; readonly phrase: string }
  /** A sentence for the user: something is not as it was said. */
  | { readonly type: 'notice'; readonly at: number; readonly task: string; readonly sentence: string }
  | { readonly type: 'ended'; readonly at: number; readonly task: string; readonly outcome: Outcome }

export type RunListener = (event: RunEvent) => void
