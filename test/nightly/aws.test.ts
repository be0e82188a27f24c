/** AWS's provider as its authors left it, from source, without an account: its manager starts with keys that open nothing, and its templates are judged by its CRDs and webhooks. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { encodedProfile } from '../../src/credentials/aws.ts'
import { messageOf } from '../../src/host/failure.ts'
import { judge } from '../../src/run/up.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { run } from '../e2e/clusterctl-init.ts'
import { type CommandRun, capiActions, demo, type Options } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'

const NAME = 'e2e-aws'
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAOPENSNOTHING', AWS_SECRET_ACCESS_KEY: 'this-secret-opens-nothing', AWS_REGION: 'eu-north-1' }

/** What templates ask for, and nobody here has. */
const VALUES = {
  AWS_SSH_KEY_NAME: 'nobody',
  AWS_ACCOUNT_ID: '123456789012',
  OPERATOR_ROLES_PREFIX: 'capa',
  ACCOUNT_ROLES_PREFIX: 'capa',
  AWS_NODE_MACHINE_TYPE: 't3.large',
  AWS_CONTROL_PLANE_MACHINE_TYPE: 't3.large',
  CLUSTER_CLASS_NAME: 'demo',
  COREOS_EC2_HOSTNAME: '$(hostname)',
  OPENSHIFT_VERSION: '4.19.0',
  AWS_AVAILABILITY_ZONE: 'eu-north-1a',
  PRIVATE_SUBNET_ID: 'subnet-1',
  PUBLIC_SUBNET_ID: 'subnet-2',
  MULTI_TENANCY_NESTED_IDENTITY_NAME: 'nested',
  MULTI_TENANCY_JUMP_IDENTITY_NAME: 'jump',
  MULTI_TENANCY_NESTED_ROLE_ARN: 'arn:aws:iam::123456789012:role/nested',
  MULTI_TENANCY_JUMP_ROLE_ARN: 'arn:aws:iam::123456789012:role/jump',
  AWS_S3_BUCKET_NAME: 'capa-demo',
  OIDC_CONFIG_ID: 'id',
  CNI_RESOURCES: '{cni.yaml: nothing}',
}

let testbed: Testbed
let scratch: string
let earlier: Machine
let outcome: CommandRun
let options: Options
const kubectl = async (...args: string[]) =>
  run(await testbed.tool('kubectl'), args, { ...testbed.env, KUBECONFIG: join(scratch, 'state/kubeconfig') })

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-aws-'))
  earlier = await lookAtMachine()
  const repository = await testbed.repository('aws', join(scratch, 'aws'))
  const { repository: _, 'capi-version': __, ...surroundings } = await demo(testbed)
  options = {
    ...surroundings,
    repository,
    providers: `core:${testbed.versions.clusterApi} kubeadm-bootstrap kubeadm-control-plane aws`,
    'provider-config': 'aws: {wait: started}',
    'cluster-name': NAME,
    'registry-name': `${NAME}-registry`,
    'registry-port': '5351',
    'state-dir': join(scratch, 'state'),
    // Templates with Ignition, Fargate profiles and ROSA are refused by its webhooks without their gates.
    'feature-gates':
      'ClusterTopology=true,MachinePool=true,BootstrapFormatIgnition=true,KubeadmBootstrapFormatIgnition=true,EKSFargate=true,ROSA=true',
  }
  outcome = await capiActions(testbed, 'up', options, { environment: KEYS })
})
after(async () => {
  await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })
  await rm(scratch, { recursive: true, force: true })
})

test('without keys the run says what is missing, and how to get it, before anything is applied', async () => {
  const { exitCode, stderr } = await capiActions(testbed, 'up', { ...options, 'dry-run': 'server' }, { environment: { HOME: scratch } })
  assert.equal(exitCode, 1)
  assert.match(stderr, /✖ variable AWS_B64ENCODED_CREDENTIALS is not set/)
  assert.match(stderr, /AWS_B64ENCODED_CREDENTIALS is made from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY/)
})

test('the manager, built from source, has been started with credentials that open nothing', async () => {
  assert.equal(outcome.exitCode, 0)
  assert.match(outcome.stdout, /✔ ready aws/)
  const started = 'jsonpath={.items[*].status.containerStatuses[*].image}'
  assert.match(await kubectl('get', 'pods', '-n', 'capa-system', '-o', started), /localhost:5351\/cluster-api-aws-controller:[0-9a-f]+/)
})

test('its Secret has the keys as clusterawsadm encodes them, and no log has the secret', async () => {
  const stored = await kubectl(
    'get',
    'secret',
    '-n',
    'capa-system',
    'capa-manager-bootstrap-credentials',
    '-o',
    'jsonpath={.data.credentials}',
  )
  const keys = { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY }
  assert.equal(stored, encodedProfile(keys, KEYS.AWS_REGION))
  for (const text of [outcome.stdout, outcome.stderr, await readFile(join(scratch, 'state/report/run.log'), 'utf8')])
    assert.ok(!text.includes(KEYS.AWS_SECRET_ACCESS_KEY) && !text.includes(stored))
})

test('clusterawsadm itself encodes the same keys in the same way', async () => {
  const args = ['run', './cmd/clusterawsadm', 'bootstrap', 'credentials', 'encode-as-profile']
  const env = { ...process.env, ...KEYS, AWS_SESSION_TOKEN: 'a/session+token==' }
  const { stdout } = await promisify(execFile)('go', args, { cwd: join(scratch, 'aws'), env })
  const keys = { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY, sessionToken: env.AWS_SESSION_TOKEN }
  assert.equal(stdout.trim().split('\n').at(-1), encodedProfile(keys, KEYS.AWS_REGION))
})

test('its manager has the gates that it says it knows, those of Cluster API too, which its manifest does not name', async () => {
  const args = await kubectl('get', 'deployments', '-n', 'capa-system', '-o', 'jsonpath={..args}')
  assert.match(args, /MachinePool=true/)
  assert.match(args, /ClusterTopology=true/)
})

test('its templates pass its own CRDs and webhooks', async () => {
  const folder = join(scratch, 'aws/templates')
  const named = (await readdir(folder)).filter(name => /^cluster-template.*\.yaml$/.test(name)).toSorted()
  const texts = await Promise.all(named.map(name => readFile(join(folder, name), 'utf8')))
  // One is a ClusterClass, another a role configuration.
  const templates = named.filter((_, index) => /^kind: "?Cluster"?$/m.test(texts[index] ?? ''))
  assert.ok(templates.length > 10, templates.join())
  const refused: string[] = []
  for (const name of templates) {
    const given = {
      ...options,
      providers: `core:${testbed.versions.clusterApi} kubeadm-bootstrap kubeadm-control-plane docker`,
      'provider-config': '',
      'feature-gates': '',
      'workload-template': join(folder, name),
      'workload-variables': Object.entries(VALUES)
        .map(pair => pair.join('='))
        .join('\n'),
      'dry-run': 'server',
    }
    const settings = await loadSettings({ given, env: { ...process.env, ...testbed.env, ...KEYS }, cwd: scratch })
    const asked = await judge(settings, ['workload'], { listener: () => {}, signal: AbortSignal.timeout(60_000) })
    const judged = asked.made.parts.flatMap(part => part.judged)
    if ('failure' in asked || judged.length === 0) refused.push(`${name}: ${messageOf(asked.failure)}`)
  }
  assert.deepEqual(refused, [])
})

test('down leaves nothing on the machine', async () => {
  assert.equal((await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })).exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
})
