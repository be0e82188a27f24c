import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withImage } from '../../../src/plan/clusterctl-task.ts'

test('images of the repository that was built are replaced in text that is no YAML yet, and no others', () => {
  const text = [
    '      - args: [--v=${LEVEL:=2}]',
    '        image: gcr.io/staging/manager:main',
    '      - image: "gcr.io/staging/manager@sha256:0"',
    '        image: gcr.io/staging/manager-proxy:main',
    '        description: the image: gcr.io/staging/manager:main',
    '',
  ]
  assert.deepEqual(withImage(text.join('\n'), 'gcr.io/staging/manager', 'localhost:5000/manager:abc').split('\n'), [
    text[0],
    '        image: localhost:5000/manager:abc',
    '      - image: "localhost:5000/manager:abc"',
    ...text.slice(3),
  ])
})
