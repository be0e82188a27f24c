import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Judged } from '../../../src/kube/dry-run.ts'
import { dryRunLines, dryRunObjects } from '../../../src/report/dry-run.ts'

const object = (kind: string, name: string, namespace?: string) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
})
const judged: readonly Judged[] = [
  { object: object('Namespace', 'capi-system'), verdict: 'created' },
  {
    object: object('Secret', 'a', 'capi-system'),
    verdict: 'changed',
    fields: ['data.a', 'data.b', 'data.c', 'data.d', 'data.e', 'data.f'],
  },
  { object: object('Service', 'b', 'capi-system'), verdict: 'unchanged' },
  { object: object('Foo', 'c'), verdict: 'unknown', why: 'the cluster has no kind Foo yet' },
]

test('what a server would make of objects is counted, and told for each that is not as it is', () => {
  assert.deepEqual(
    dryRunLines([
      { name: 'core', judged },
      { name: 'cert-manager', judged: [] },
    ]),
    [
      'core: 1 would be created, 1 would change, 1 as they are, 1 not known yet',
      '  + Namespace capi-system',
      '  ~ Secret capi-system/a: data.a, data.b, data.c, data.d, data.e and 1 more',
      '  ? Foo c: the cluster has no kind Foo yet',
      'cert-manager: nothing',
    ],
  )
})

test('programs get all of it', () => {
  assert.deepEqual(dryRunObjects([{ name: 'core', judged: judged.slice(0, 2) }]), [
    { part: 'core', apiVersion: 'v1', kind: 'Namespace', name: 'capi-system', verdict: 'created' },
    {
      part: 'core',
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'capi-system',
      name: 'a',
      verdict: 'changed',
      fields: ['data.a', 'data.b', 'data.c', 'data.d', 'data.e', 'data.f'],
    },
  ])
})
