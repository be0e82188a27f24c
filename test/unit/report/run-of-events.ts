/** A short run as its events tell it: one task done, one that failed, one cut off by that, one that never started. */
import { Failure } from '../../../src/host/failure.ts'
import type { RunEvent } from '../../../src/run/events.ts'

export const crash = new Failure({
  what: 'provider docker: Deployment capd-system/capd-controller-manager is not Available after 120 s',
  why: 'its container manager exited 1, 4 times: "permission denied"',
  remedy: 'the image runs as user 65532, CAPD must run as root',
  where: ['tilt-provider.yaml:7:3', 'logs: report/manager.log'],
  details: ['line one', 'line two'],
  cause: new Error('inner', { cause: new AggregateError([new Error('a'), new TypeError('b')], 'both') }),
})

export const failedRun: readonly RunEvent[] = [
  {
    type: 'planned',
    at: 1_000_000,
    tasks: [
      { name: 'tool kind', needs: [] },
      { name: 'cluster', needs: ['tool kind'] },
      { name: 'compile docker', needs: [] },
      { name: 'ready docker', needs: ['cluster', 'compile docker'] },
    ],
  },
  { type: 'started', at: 1_000_000, task: 'tool kind' },
  { type: 'started', at: 1_000_100, task: 'compile docker' },
  { type: 'ended', at: 1_000_400, task: 'tool kind', outcome: { status: 'skipped', reason: 'v0.32.0 is on PATH', value: 0 } },
  { type: 'started', at: 1_000_400, task: 'cluster' },
  { type: 'waiting', at: 1_002_000, task: 'cluster', phrase: '0 of 1 nodes Ready' },
  { type: 'output', at: 1_003_000, task: 'compile docker', line: 'token ghs_secret' },
  { type: 'ended', at: 1_065_000, task: 'compile docker', outcome: { status: 'failed', error: crash } },
  { type: 'ended', at: 1_065_000, task: 'cluster', outcome: { status: 'cancelled' } },
  { type: 'ended', at: 1_065_000, task: 'ready docker', outcome: { status: 'cancelled' } },
]
