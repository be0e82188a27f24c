import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastTelling } from '../../../src/kube/explain.ts'
import type { ContainerStatus, Pod } from '../../../src/kube/objects.ts'
import { isHopeless, problemsOf, sayProblem } from '../../../src/kube/pods.ts'

const podWith = (status: Partial<ContainerStatus>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  status: { containerStatuses: [{ name: 'manager', ready: false, restartCount: 0, image: 'i:v1', ...status }] },
})

const worst = (pod: Pod) => {
  const [problem] = problemsOf(pod)
  assert.ok(problem)
  return problem
}

const crashed = podWith({
  restartCount: 4,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
  lastState: { terminated: { exitCode: 1, reason: 'Error' } },
})

test('a crash loop is told by exit code, count and the last line of the log, and is hopeless', () => {
  const problem = worst(crashed)
  assert.equal(sayProblem(problem, 'permission denied'), 'container manager exited 1, 4 times: "permission denied"')
  assert.equal(problem.previous, true)
  assert.ok(isHopeless(problem, 1))
})

test('a first crash may be mended by a restart', () => {
  const problem = worst(
    podWith({ restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 2 } } }),
  )
  assert.equal(sayProblem(problem), 'container manager exited 2')
  assert.equal(isHopeless(problem, 100), false)
})

test('a container that the kernel killed says so', () => {
  const problem = worst(podWith({ restartCount: 3, state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }))
  assert.equal(sayProblem(problem), 'container manager exited 137 (OOMKilled), 3 times')
  assert.equal(problem.previous, false)
})

test('an image that cannot be pulled is told in the words of the registry, and given up after a while', () => {
  const message =
    'Back-off pulling image "i:v1": ErrImagePull: failed to pull and unpack image "i:v1": failed to resolve reference "i:v1": i:v1: not found'
  const problem = worst(podWith({ state: { waiting: { reason: 'ImagePullBackOff', message } } }))
  assert.equal(sayProblem(problem), 'image i:v1 cannot be pulled (ImagePullBackOff): i:v1: not found')
  assert.equal(isHopeless(problem, 10), false)
  assert.equal(isHopeless(problem, 60), true)
})

test('an image name that is none is hopeless at once', () => {
  assert.ok(isHopeless(worst(podWith({ state: { waiting: { reason: 'InvalidImageName' } } })), 0))
})

test('a container that waits for its volumes or is not ready has its problem told, but there is hope', () => {
  const creating = worst(podWith({ state: { waiting: { reason: 'ContainerCreating' } } }))
  assert.equal(sayProblem(creating), 'container manager is waiting (ContainerCreating)')
  assert.equal(sayProblem(worst(podWith({ state: {} }))), 'container manager runs but is not ready')
  assert.equal(isHopeless(creating, 1000), false)
})

test('a pod that no node takes is told in the words of the scheduler', () => {
  const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }]
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, status: { conditions } }
  assert.equal(sayProblem(worst(pod)), 'pod p cannot be scheduled: 0/1 nodes are available')
})

test('a ready pod, and an init container that is done, have no problems', () => {
  const done = { name: 'init', ready: false, restartCount: 0, image: 'i', state: { terminated: { exitCode: 0, reason: 'Completed' } } }
  const ready = podWith({ ready: true, restartCount: 2, lastState: { terminated: { exitCode: 1 } } })
  assert.deepEqual(problemsOf({ ...ready, status: { ...ready.status, initContainerStatuses: [done] } }), [])
})

test('of a log, the last line that speaks of an error is the telling one', () => {
  assert.equal(
    lastTelling(['I1 starting', 'E1123 04:00:00.1 main.go:1] "unable to start" err="no docker"', 'I1 bye']),
    'E1123 04:00:00.1 main.go:1] "unable to start" err="no docker"',
  )
  assert.equal(lastTelling(['panic: nil map', '', 'goroutine 1 [running]:', 'main.main()']), 'panic: nil map')
  assert.equal(lastTelling(['a', 'b']), 'b')
  assert.equal(lastTelling([]), undefined)
})
