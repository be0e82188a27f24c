import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Release, upgradeArgs } from '../../../src/components/helm.ts'

const release: Release = {
  helm: 'helm',
  name: 'metallb',
  namespace: 'metallb-system',
  kubeconfig: '/k',
  context: 'kind-a',
  chart: 'metallb',
  repo: 'https://metallb.github.io/metallb',
  version: '0.14.8',
  values: [],
  set: {},
  wait: true,
  timeout: 300,
}

test('a chart of a repository is installed or upgraded in its version, in the cluster of the run, and waited for', () =>
  assert.deepEqual(upgradeArgs(release, []), [
    ...['upgrade', '--install', 'metallb', 'metallb', '--repo', 'https://metallb.github.io/metallb', '--version', '0.14.8'],
    ...['--namespace', 'metallb-system', '--kubeconfig', '/k', '--kube-context', 'kind-a'],
    ...['--wait', '--wait-for-jobs', '--timeout', '300s'],
  ]))

test('files of values come in their order, then what is set: text stays text, and its commas are no separators', () => {
  const set = { 'image.tag': '1.10', list: 'a,b', replicas: 2, on: true }
  const args = upgradeArgs({ ...release, wait: false, set }, ['/a.yaml', '/b.json'])
  assert.deepEqual(args.slice(args.indexOf('--values')), [
    ...['--values', '/a.yaml', '--values', '/b.json'],
    ...['--set-string', 'image.tag=1.10', '--set-string', String.raw`list=a\,b`, '--set', 'replicas=2', '--set', 'on=true'],
    ...['--timeout', '300s'],
  ])
})
