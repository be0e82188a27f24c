import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { parseReference, referenceText, repositoryBelow } from '../../../src/images/reference.ts'

const digest = `sha256:${'a'.repeat(64)}`

const references: [text: string, registry: string, repository: string, version: string][] = [
  ['busybox', 'docker.io', 'library/busybox', 'latest'],
  ['kindest/node:v1.34.4', 'docker.io', 'kindest/node', 'v1.34.4'],
  ['docker.io/busybox:1', 'docker.io', 'library/busybox', '1'],
  ['gcr.io/distroless/static:nonroot', 'gcr.io', 'distroless/static', 'nonroot'],
  ['localhost/a', 'localhost', 'a', 'latest'],
  ['localhost:5000/a', 'localhost:5000', 'a', 'latest'],
  ['localhost:5000/a/b:c', 'localhost:5000', 'a/b', 'c'],
  [`gcr.io/a/b@${digest}`, 'gcr.io', 'a/b', digest],
  [`gcr.io/a/b:tag@${digest}`, 'gcr.io', 'a/b', digest],
]

for (const [text, registry, repository, version] of references) {
  test(`${text.slice(0, 40)} is ${repository} in ${registry}`, () => {
    assert.deepEqual(parseReference(text), { registry, repository, version })
  })
}

for (const text of ['', 'gcr.io/Upper/case', 'a b', 'gcr.io/a:', 'gcr.io/a@sha256:abc', 'gcr.io//a', 'https://gcr.io/a']) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseReference(text),
      (error: unknown) => error instanceof Failure && error.what === `${JSON.stringify(text)} is no image reference`,
    )
  })
}

test('a reference is written as it is read', () => {
  for (const text of ['localhost:5000/a/b:c', `gcr.io/a/b@${digest}`]) assert.equal(referenceText(parseReference(text)), text)
})

test('an image goes below a registry and its project under its own last name', () => {
  const image = 'gcr.io/k8s-staging-cluster-api/capd-manager'
  assert.deepEqual(repositoryBelow('localhost:5000', image), { registry: 'localhost:5000', repository: 'capd-manager' })
  assert.deepEqual(repositoryBelow('harbor.example.org/project/sub', image), {
    registry: 'harbor.example.org',
    repository: 'project/sub/capd-manager',
  })
})

test('a name with capital letters, as some files have it, is pushed in small ones', () =>
  assert.equal(repositoryBelow('localhost:5000', 'ghcr.io/Me/My-Provider').repository, 'my-provider'))
