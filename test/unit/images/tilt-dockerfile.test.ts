import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tiltDockerfile } from '../../../src/images/tilt-dockerfile.ts'

const lines = (helper: string, image: string, beside = {}) =>
  tiltDockerfile({
    helper,
    image,
    beside,
    builderImage: 'golang:1.26.5',
    baseImage: 'distroless:nonroot',
    user: '65532:65532',
    path: '/manager',
  }).split('\n')

test('files of the helper stage are added to the base image, as Tilt names the stages', () => {
  assert.deepEqual(
    lines('RUN wget -qO- https://example.test/docker.tgz | tar xz\n', 'COPY --from=tilt-helper /go/docker/docker /usr/bin/docker\n'),
    [
      'FROM golang:1.26.5 AS tilt-helper',
      'RUN wget -qO- https://example.test/docker.tgz | tar xz',
      '',
      'FROM distroless:nonroot AS tilt',
      'WORKDIR /',
      'USER 0:0',
      'COPY manager /manager',
      'ENTRYPOINT ["/manager"]',
      'COPY --from=tilt-helper /go/docker/docker /usr/bin/docker',
      'USER 65532:65532',
      '',
    ],
  )
})

test('what is run in the image itself has a shell to run in', () => {
  const made = lines('', 'RUN apt-get install -y xorriso')
  assert.equal(made[0], 'FROM golang:1.26.5 AS tilt')
})

test('a user that is said stays', () => {
  const made = lines('', 'ADD charts.tgz /charts\nUSER 1000')
  assert.deepEqual(made.slice(-2), ['USER 1000', ''])
  assert.ok(!made.includes('USER 65532:65532'))
})

test('a debugger lies beside the manager', () => {
  const made = lines('', 'COPY --from=tilt-helper /a /a', { '/dlv': 'dlv' })
  assert.deepEqual(made.slice(6, 8), ['COPY dlv /dlv', 'COPY manager /manager'])
})
