import assert from 'node:assert/strict'
import { test } from 'node:test'
import { projectAnswers, reachOfProject } from '../../../src/components/project.ts'

const service = (port: number) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'hello' }, spec: { ports: [{ port }] } })
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'hello' } }

test('a project is reached by its Service, at a port that anybody may open', () => {
  assert.deepEqual(reachOfProject([deployment, service(80)], undefined), {
    way: { kind: 'Service', namespace: 'default', name: 'hello', local: 8080, port: 80 },
    command: 'kubectl --namespace default port-forward service/hello 8080:80',
    page: 'http://localhost:8080',
  })
  assert.match(reachOfProject([service(9000)], undefined)?.command ?? '', / 9000$/)
  assert.match(reachOfProject([service(80)], 3000)?.command ?? '', / 3000:80$/)
})

test('a project without a Service is reached by nobody, and cannot be asked whether it answers', () => {
  assert.equal(reachOfProject([deployment], 8080), undefined)
  assert.throws(() => projectAnswers('hello', [deployment], '/healthz'), { what: 'project hello answers nobody' })
  assert.deepEqual(projectAnswers('hello', [deployment], undefined), [])
  assert.deepEqual(
    projectAnswers('hello', [service(80)], '/healthz').map(({ name }) => name),
    ['/healthz of Service default/hello'],
  )
})
