import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tiltDockerfile } from '../../../src/images/tilt-dockerfile.ts'

const image = (helper: string, build: string) =>
  tiltDockerfile({
    commands: { helper, build },
    builderImage: 'golang:1.26.5',
    baseImage: 'distroless:nonroot',
    user: '65532:65532',
    path: '/manager',
  }).split('\n')

test('files of the helper stage are added to the base image, as Tilt names the stages', () => {
  assert.deepEqual(
    image('RUN wget -qO- https://example.test/docker.tgz | tar xz\n', 'COPY --from=tilt-helper /go/docker/docker /usr/bin/docker\n'),
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
  const lines = image('', 'RUN apt-get install -y xorriso')
  assert.equal(lines[0], 'FROM golang:1.26.5 AS tilt')
})

test('a user that is said stays', () => {
  const lines = image('', 'ADD charts.tgz /charts\nUSER 1000')
  assert.deepEqual(lines.slice(-2), ['USER 1000', ''])
  assert.ok(!lines.includes('USER 65532:65532'))
})
