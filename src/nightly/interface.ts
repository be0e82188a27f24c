/** What the nightly actions take and hand out, as data: their action.yml, README and types are made from it. */

interface NightlyInput {
  readonly docs: string
  readonly type: string
  /** Stands in action.yml. */
  readonly default?: string
  readonly required?: true
}

interface NightlyAction {
  readonly inputs: Readonly<Record<string, NightlyInput>>
  readonly outputs: Readonly<Record<string, string>>
  readonly outputTypes: Readonly<Record<string, object>>
}

const token = (rights: string): NightlyInput => ({ docs: `Token that may ${rights}.`, type: 'text', default: '${{ github.token }}' })

export const nightly = {
  'nightly-check': {
    inputs: {
      matrix: { docs: 'The output `matrix` of actions/plan-matrix.', type: 'text', required: true },
      'github-token': token('read the runs of this repository (`actions: read`)'),
    },
    outputs: { changed: '`true` where there is something to test, else `false`.' },
    outputTypes: { changed: { type: 'boolean' } },
  },
  'nightly-summary': {
    inputs: {
      matrix: { docs: 'The output `matrix` of actions/plan-matrix; empty where planning failed.', type: 'text', required: true },
      issue: {
        docs: 'Whether an issue is opened or updated when a job failed, and closed when all are green.',
        type: '`true` or `false`',
        default: 'true',
      },
      'github-token': token('read the runs of this repository (`actions: read`) and write its issues (`issues: write`)'),
    },
    outputs: {
      verdict: '`green`: each cell passed. `red`: a job failed. `unfinished`: none failed, but not each cell was tested to its end.',
    },
    outputTypes: { verdict: { type: 'enum', 'allowed-values': ['green', 'red', 'unfinished'] } },
  },
} as const satisfies Record<string, NightlyAction>
