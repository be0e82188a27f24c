import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goArgs, handIn } from '../../../src/images/hand-in.ts'

const dockerfile = [
  '# syntax=docker/dockerfile:1.4',
  'ARG builder_image',
  'FROM ${builder_image} \\',
  '  AS builder',
  'COPY . .',
  'RUN --mount=type=cache,target=/root/.cache \\',
  '  go build -o manager',
  'FROM scratch',
  'run ["/check"]',
  'COPY --from=builder /manager .',
].join('\n')

test('every stage declares what is handed in, and lines are found again', () => {
  const { text, added, lineOf } = handIn(dockerfile, ['GOPROXY', 'GOSUMDB'], false)
  assert.deepEqual(added, ['GOPROXY', 'GOSUMDB'])
  const lines = text.split('\n')
  assert.deepEqual([lines[4], lines[9]], ['ARG GOPROXY GOSUMDB', 'ARG GOPROXY GOSUMDB'])
  assert.equal(lineOf(lines.indexOf('run ["/check"]') + 1), 9)
  assert.equal(lines.filter(line => !line.startsWith('ARG GO')).join('\n'), dockerfile)
})

test('certificates are a secret of every RUN, with its own mounts and its form left as they are', () => {
  const { text } = handIn(dockerfile, [], true)
  const mount = '--mount=type=secret,id=capi-actions-certificates,target=/run/secrets/capi-actions-certificates,mode=0444'
  assert.match(text, new RegExp(`^RUN ${mount} --mount=type=cache,target=/root/.cache `, 'm'))
  assert.ok(text.includes(`run ${mount} ["/check"]`))
  assert.match(text, /^ARG SSL_CERT_FILE GIT_SSL_CAINFO CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS$/m)
})

test('what a Dockerfile declares itself, in whatever case, is its own', () => {
  const { text, added } = handIn('ARG goproxy=direct\nFROM golang\nRUN go build', ['GOPROXY'], false)
  assert.deepEqual(added, [])
  assert.equal(text, 'ARG goproxy=direct\nFROM golang\nRUN go build')
})

test("Go's variables are handed in, but none with a password, which the history of an image would show", () => {
  assert.deepEqual(goArgs({ GOPROXY: 'https://me:s3cret@proxy.test', GOPRIVATE: 'example.test', PATH: '/bin', GOSUMDB: '' }), {
    GOPRIVATE: 'example.test',
  })
})
