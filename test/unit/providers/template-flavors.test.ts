import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TemplateFile } from '../../../src/providers/template-files.ts'
import { asFlavors } from '../../../src/providers/template-flavors.ts'

const found = (is: TemplateFile['is'], path: string, text: string, more: Partial<TemplateFile> = {}): TemplateFile => ({
  ...{ is, provider: 'own', top: 'templates', file: `/own/templates/${path}`, kustomization: false, rank: 0, text },
  steps: path.split('/'),
  ...more,
})
const classNamed = (name: string) => `apiVersion: cluster.x-k8s.io/v1beta2\nkind: ClusterClass\nmetadata:\n  name: ${name}\n`

test('templates and classes get the names by which clusterctl looks for them, wherever they lie', () =>
  assert.deepEqual(
    asFlavors([
      found('template', 'default', 'top'),
      found('template', 'aws/default', 'aws'),
      found('template', 'docker/cis', 'docker-cis'),
      found('template', 'aws/cis', 'aws-cis'),
      found('class', 'cluster-class', classNamed('tall')),
      found('class', 'deep/er/tall', classNamed('tall').replace('v1beta2', 'v1beta1')),
      found('class', 'plain', 'no name yet'),
      found('template', 'built', 'built', { kustomization: true, rank: 1 }),
    ]),
    {
      'cluster-template.yaml': 'top',
      'cluster-template-aws.yaml': 'aws',
      'cluster-template-docker-cis.yaml': 'docker-cis',
      'cluster-template-aws-cis.yaml': 'aws-cis',
      'clusterclass-tall.yaml': classNamed('tall'),
      'clusterclass-plain.yaml': 'no name yet',
    },
  ))
