import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod/mini'
import { didYouMean, nearest } from '../../../src/host/nearest.ts'
import * as kinds from '../../../src/settings/kinds.ts'

const read = <T>(kind: kinds.Kind<T>, text: string): unknown => {
  const result = z.safeParse(kind.schema, kind.fromText(text))
  return result.success ? result.data : result.error.issues.map(({ message }) => message).join('; ')
}

const cases: readonly [name: string, kind: kinds.Kind<unknown>, text: string, expected: unknown][] = [
  ['a flag is true in any case', kinds.flag(), 'TRUE', true],
  ['a flag is not yes', kinds.flag(), 'yes', 'must be true or false'],
  ['a port is a number', kinds.port(), '5001', 5001],
  ['a port is not zero', kinds.port(), '0', 'must be a port number from 1 to 65535'],
  ['a port is not negative', kinds.port(), '-1', 'must be a port number from 1 to 65535'],
  ['a duration has hours, minutes and seconds', kinds.duration(), '1h30m5s', 5405],
  ['a duration needs a unit', kinds.duration(), '90', 'must be a duration such as 90s, 5m or 1h30m'],
  ['a list is split at commas, spaces and new lines', kinds.list(kinds.text()), 'a, b\n c  d,', ['a', 'b', 'c', 'd']],
  ['a mapping skips empty lines and comments', kinds.mapping('K=v'), '# x\nA=1\n\n B = b=c \nEMPTY=', { A: '1', B: 'b=c', EMPTY: '' }],
  [
    'gates are lines, or as managers write them',
    kinds.featureGates(),
    'MachinePool=false\nClusterTopology=true,RuntimeSDK=true',
    { MachinePool: false, ClusterTopology: true, RuntimeSDK: true },
  ],
  ['a gate is on or off', kinds.featureGates(), 'ClusterTopology=on', 'must be true or false'],
  [
    'a gate has the name that it has in Go',
    kinds.featureGates(),
    'cluster-topology=true',
    'must be lines such as ClusterTopology=true, with names as in Go',
  ],
  ['a mapping refuses a line without =', kinds.mapping('K=v'), 'A', 'must be lines of the form K=v, which line 1 is not'],
  ['a mapping counts the lines that it skips', kinds.mapping('K=v'), '\n# x\nA=1\nB', 'must be lines of the form K=v, which line 4 is not'],
  ['a version gets its v', kinds.exactVersion(), '1.34.4', 'v1.34.4'],
  ['a version keeps its pre-release', kinds.exactVersion(), 'v1.35.0-rc.1', 'v1.35.0-rc.1'],
  ['a version is whole', kinds.exactVersion(), '1.34', 'must be a whole version such as v1.34.4'],
  ['a range is a range', kinds.versionRange(), '1.34.x', '1.34.x'],
  ['latest is a range', kinds.versionRange(), 'latest', 'latest'],
  [
    'an image may have registry, port, tag and digest',
    kinds.imageReference(),
    `localhost:5000/a/b:c@sha256:${'0'.repeat(64)}`,
    `localhost:5000/a/b:c@sha256:${'0'.repeat(64)}`,
  ],
  ['images are lines', kinds.providerImages(), 'docker=ghcr.io/a/b:c', { docker: 'ghcr.io/a/b:c' }],
  ['images are a JSON object', kinds.providerImages(), '{"docker": "ghcr.io/a/b:c"}', { docker: 'ghcr.io/a/b:c' }],
  ['images in broken JSON', kinds.providerImages(), '{"docker": ', 'must be lines of the form provider=image, which line 1 is not'],
  [
    'images without a reference',
    kinds.providerImages(),
    'docker=',
    'must not be empty; must be an image reference such as registry.example/name:tag',
  ],
  ['an image has no spaces', kinds.imageReference(), 'a b', 'must be an image reference such as registry.example/name:tag'],
  ['one of three', kinds.oneOf('auto', 'manual', 'never'), 'manul', 'must be one of auto, manual, never, did you mean manual?'],
  ['one of two', kinds.oneOf('docker', 'podman'), 'something', 'must be docker or podman'],
  ['a mirror is a URL', kinds.mirrors(), 'docker.io=https://m.example/x', { 'docker.io': 'https://m.example/x' }],
  ['a mirror is a whole URL', kinds.mirrors(), 'docker.io=https://m:99999', 'must be a URL that begins with http:// or https://'],
  ['a mirror is no host', kinds.mirrors(), 'docker.io=m.example', 'must be a URL that begins with http:// or https://'],
  [
    'a cluster name has no capitals',
    kinds.clusterName(),
    'Demo',
    'must be lower-case letters, digits and "-", at most 47, a letter or digit at both ends',
  ],
]
for (const [name, kind, text, expected] of cases) test(name, () => assert.deepEqual(read(kind, text), expected))

test('the nearest name is the one that takes the fewest edits, whatever its case and separators', () => {
  const names = ['core', 'kubeadm-bootstrap', 'kubeadm-control-plane', 'docker']
  assert.equal(nearest('dokcer', names), 'docker')
  assert.equal(nearest('kubeadmControlPlane', names), 'kubeadm-control-plane')
  assert.equal(nearest('kubeadm_bootstarp', names), 'kubeadm-bootstrap')
  assert.equal(nearest('aws', names), undefined)
  assert.equal(didYouMean('cor', names), ', did you mean core?')
  assert.equal(didYouMean('vsphere', names), '')
})
