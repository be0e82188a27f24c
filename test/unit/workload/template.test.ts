import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { variablesAcross } from '../../../src/manifests/variables.ts'
import { classesOfAll } from '../../../src/workload/classes.ts'
import { intoNamespace } from '../../../src/workload/namespace.ts'
import { isMadeHere, lacksPlugin } from '../../../src/workload/place.ts'
import { fillTemplates } from '../../../src/workload/template.ts'
import { clusterOf } from '../../../src/workload/workload.ts'

const classFile = { file: 'class.yaml', text: 'name: ${CLASS}\nregion: ${REGION:=eu}\n' }
const clusterFile = { file: 'cluster.yaml', text: 'name: ${ CLUSTER_NAME }\nclass: ${CLASS}\nworkers: ${WORKER_MACHINE_COUNT}\n' }

test('one error names the missing variables of all templates, where they are used, and those that have defaults', () => {
  assert.throws(
    () => fillTemplates([classFile, clusterFile], {}),
    (error: unknown) => {
      assert.ok(error instanceof Failure)
      assert.equal(error.what, '2 template variables are not set: CLASS, CLUSTER_NAME')
      assert.deepEqual(error.where, ['class.yaml:1:7', 'cluster.yaml:1:7'])
      assert.deepEqual(error.details, [
        'CLASS: required, used at class.yaml:1:7, cluster.yaml:2:8: name: ${CLASS}',
        'CLUSTER_NAME: required, used at cluster.yaml:1:7: name: ${ CLUSTER_NAME }',
        'REGION: default eu, used at class.yaml:2:9: region: ${REGION:=eu}',
      ])
      return true
    },
  )
})

test('a single missing variable is named in the first line', () => {
  assert.throws(() => fillTemplates([classFile, clusterFile], { CLASS: 'c' }), { what: 'template variable CLUSTER_NAME is not set' })
})

test("counts have clusterctl's defaults, and given values win over them", () => {
  const values = { CLASS: 'c', CLUSTER_NAME: 'demo' }
  assert.equal(fillTemplates([clusterFile], values)[0]?.text, 'name: demo\nclass: c\nworkers: 0\n')
  assert.match(fillTemplates([clusterFile], { ...values, WORKER_MACHINE_COUNT: '3' })[0]?.text ?? '', /workers: 3/)
})

test('a variable is required when one file gives no default', () => {
  const other = { file: 'other.yaml', text: 'region: ${REGION}' }
  const [region] = variablesAcross([{ file: 'a.yaml', text: '${REGION:=eu}' }, other])
  assert.deepEqual(region, {
    name: 'REGION',
    default: 'eu',
    required: true,
    places: ['a.yaml:1:1', 'other.yaml:1:9'],
    line: 'region: ${REGION}',
  })
})

test('all objects go into the namespace of the cluster, but for those that have none', () => {
  const object = (kind: string, namespace?: string) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x', ...(namespace ? { namespace } : {}) },
  })
  assert.deepEqual(intoNamespace('work', [object('Secret', 'default'), object('Secret'), object('ClusterRole', 'x')]), [
    object('Secret', 'work'),
    object('Secret'),
    object('ClusterRole', 'x'),
  ])
})

const part = (kind: string, name: string, more: object = {}) => ({
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind,
  metadata: { name },
  ...more,
})

test('classes of several clusters are applied once in each namespace', () => {
  const [quick, template] = [part('ClusterClass', 'quick'), part('DockerMachineTemplate', 'quick')]
  const all = classesOfAll([
    { namespace: 'a', classes: [quick, template] },
    { namespace: 'a', classes: [quick, template] },
    { namespace: 'b', classes: [quick] },
  ])
  assert.deepEqual(all, [
    { namespace: 'a', classes: [quick, template], cluster: [] },
    { namespace: 'b', classes: [quick], cluster: [] },
  ])
})

test('two clusters that want the same class to be different are refused', () => {
  const classes = [part('ClusterClass', 'quick', { spec: 1 }), part('ClusterClass', 'quick', { spec: 2 })]
  assert.throws(() => classesOfAll([{ namespace: 'a', classes }]), {
    what: 'two workload clusters want different versions of ClusterClass quick',
  })
})

test('machines in containers lack a network plugin unless something among the objects brings one', () => {
  const infrastructure = (kind: string) => ({ ...part(kind, 'x'), apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2' })
  assert.equal(lacksPlugin([infrastructure('DockerMachineTemplate')]), true)
  assert.equal(lacksPlugin([infrastructure('DockerMachineTemplate'), part('ClusterResourceSet', 'cni')]), false)
  assert.equal(lacksPlugin([infrastructure('DevMachineTemplate')]), false)
})

test('machines are on this machine where all infrastructure is of the test provider', () => {
  const infrastructure = (kind: string) => ({ ...part(kind, 'x'), apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2' })
  assert.equal(isMadeHere([part('Cluster', 'x'), infrastructure('DockerClusterTemplate'), infrastructure('DevMachineTemplate')]), true)
  assert.equal(isMadeHere([infrastructure('DockerClusterTemplate'), infrastructure('AWSMachineTemplate')]), false)
  assert.equal(isMadeHere([part('Cluster', 'x')]), false)
})

const cluster = (name: string, namespace?: string) => ({
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind: 'Cluster',
  metadata: { name, ...(namespace ? { namespace } : {}) },
})

test('the Cluster of a template is found, with the namespace it names or the one for all', () => {
  const other = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', metadata: { name: 'database' } }
  assert.deepEqual(clusterOf([other, cluster('demo')], 'work', 't.yaml'), { name: 'demo', namespace: 'work' })
  assert.deepEqual(clusterOf([cluster('demo', 'own')], 'work', 't.yaml'), { name: 'demo', namespace: 'own' })
})

test('a template without a Cluster, or with two, is refused', () => {
  assert.throws(() => clusterOf([], 'work', 't.yaml'), { what: 'cluster template t.yaml has no Cluster' })
  assert.throws(() => clusterOf([cluster('a'), cluster('b')], 'work', 't.yaml'), {
    what: 'cluster template t.yaml has more than one Cluster',
    why: 'Cluster a, Cluster b',
  })
})
