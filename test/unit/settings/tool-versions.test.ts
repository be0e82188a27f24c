import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readToolVersions } from '../../../src/settings/tool-versions.ts'

const read = (text: string) => Object.fromEntries(readToolVersions(text))

test('each of our tools has the version of its line; lines of other tools and comments say nothing', () => {
  const text = '# ours\nkind 0.32.0\n\nnodejs 24.1.0\n\thelm\tlatest # the newest\nkubectl 1.34\n#clusterctl 1.13.4\nkustomize-sops 4.3.3\n'
  assert.deepEqual(read(text), {
    kind: { line: 2, version: '0.32.0' },
    helm: { line: 5, version: 'latest' },
    kubectl: { line: 6, version: '1.34' },
  })
})

test('of several versions on a line the first counts', () =>
  assert.deepEqual(read('kubectl 1.34.4 1.33.1 system'), { kubectl: { line: 1, version: '1.34.4' } }))

test('a file with a byte order mark and Windows line ends is read like any other', () =>
  assert.deepEqual(read('\uFEFFkind 0.32.0\r\nkustomize v5.8.1\r\n'), {
    kind: { line: 1, version: '0.32.0' },
    kustomize: { line: 2, version: 'v5.8.1' },
  }))

test('an empty file says nothing', () => assert.deepEqual(read(''), {}))

for (const version of ['system', 'path:/opt/kubectl', 'ref:master'])
  test(`${version} is no version that can be installed`, () =>
    assert.deepEqual(read(`kubectl ${version}`), {
      kubectl: {
        line: 1,
        refusal: `kubectl is "${version}", which is no version that can be installed: set kubectl-version, or leave kubectl out of tools`,
      },
    }))

test('where a version comes first, system behind it is not looked at; where system comes first, it counts', () => {
  assert.deepEqual(read('helm 3.21.4 system'), { helm: { line: 1, version: '3.21.4' } })
  assert.match(JSON.stringify(read('helm system 3.21.4')), /helm is .*system/)
})

test('a tool without a version is refused', () =>
  assert.deepEqual(read('kind # which?'), { kind: { line: 1, refusal: 'kind has no version' } }))

test('a tool that is named twice is refused in the later line, even with the same version, however often', () => {
  const text = 'kind 0.32.0\nhelm 3.21.4\nkind 0.32.0\nkind 0.31.0'
  assert.deepEqual(read(text), {
    kind: { line: 4, refusal: 'kind is named twice, first in line 1' },
    helm: { line: 2, version: '3.21.4' },
  })
})
