/** The doors in a dry run, on a machine that has git and nothing else, no engine and no network: a dry run needs none. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeCheckout } from './checkout.ts'
import { runBuilt, runStep, type Transcript } from './process.ts'

const TEMPLATES = 'test/infrastructure/docker/templates'

let cwd: string
let env: Readonly<Record<string, string>>
before(async () => {
  cwd = await makeCheckout()
  await mkdir(join(cwd, 'bin'))
  await symlink(execFileSync('which', ['git'], { encoding: 'utf8' }).trim(), join(cwd, 'bin/git'))
  env = { PATH: join(cwd, 'bin'), CAPI_ACTIONS_DRY_RUN: 'true' }
  await mkdir(join(cwd, TEMPLATES), { recursive: true })
  const cluster = 'apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: "${CLUSTER_NAME}", namespace: "${NAMESPACE}"}\n'
  await writeFile(join(cwd, TEMPLATES, 'cluster-template-plain.yaml'), `${cluster}spec: {topology: {version: "\${REGION}"}}\n`)
})
after(() => rm(cwd, { recursive: true, force: true }))

const dry = (inputs: Record<string, string>, entry = 'root.js'): Promise<Transcript> => runStep(cwd, inputs, {}, { entry, env })
const plannedBy = ({ outputs }: Transcript): string[] => {
  const json = /^plan<<(\S+)\n(.*)\n\1$/m.exec(outputs)?.[2] ?? assert.fail(`no plan among ${outputs}`)
  return JSON.parse(json).tasks.map(({ name }: { name: string }) => name)
}
const annotation = ({ stdout }: Transcript) => stdout.split('\n').find(line => line.startsWith('::error'))

test('a dry run shows the plan in the log, on the page of the job and as an output, and makes nothing', async () => {
  const before = await readdir(cwd, { recursive: true })
  const step = await runStep(cwd, { 'dry-run': 'true', providers: 'docker' }, {}, { env: { PATH: env.PATH ?? '' } })
  assert.equal(step.code, 0, step.stdout)
  const tasks = plannedBy(step)
  for (const name of ['tool kind', 'cluster', 'compile core', 'ready docker']) assert.ok(tasks.includes(name), name)
  assert.match(step.stdout, /^dry run: this would be done, and nothing is$/m)
  assert.match(step.stdout, /^ *ready docker {2,}Waits until Deployments/m)
  assert.ok(step.summary.startsWith(`### capi-actions: dry run, ${tasks.length} tasks planned, nothing made\n`))
  assert.match(step.summary, /^ *ready docker {2,}Waits until Deployments/m)
  assert.deepEqual([step.variables, step.paths], ['', ''])
  assert.doesNotMatch(step.outputs, /^(kubeconfig|context|registry|images|report)</m)
  assert.deepEqual(await readdir(cwd, { recursive: true }), before)
})

test('the post step of a dry run takes nothing back, whatever an earlier run has made', async () => {
  const step = await dry({})
  const post = await runStep(cwd, {}, step.state, { env })
  assert.equal(post.code, 0)
  assert.match(post.stdout, /^nothing was made$/m)
})

test('a template that lacks a variable fails a dry run, with the place of the variable', async () => {
  const step = await dry({ 'workload-template': 'plain' })
  assert.equal(step.code, 1)
  assert.match(annotation(step) ?? '', /^::error file=.*cluster-template-plain\.yaml,line=4,.*::template variable REGION is not set/)
  assert.equal((await dry({ 'workload-template': 'plain', 'workload-variables': 'REGION=here' })).code, 0)
})

test('a template that is not there, a provider that nobody has and a wrong value fail a dry run', async () => {
  assert.match(annotation(await dry({ 'workload-template': 'plane' })) ?? '', /::.*plane/)
  assert.match(annotation(await dry({ providers: 'dokcer' })) ?? '', /::.*dokcer.*docker/s)
  assert.match(annotation(await dry({ timeout: '5' })) ?? '', /::timeout is "5", but must be a duration/)
})

test('the variables of the templates are part of what a dry run shows, with what they are and where', async () => {
  const step = await dry({ 'workload-template': 'plain', 'workload-variables': 'REGION=here' })
  assert.match(step.stdout, /^variables of the templates of demo$/m)
  assert.match(step.stdout, /^ {2}REGION {2}here +.*cluster-template-plain\.yaml:4:/m)
  assert.match(step.outputs, /"variables":\[.*"name":"REGION","value":"here","required":true/)
})

test('the templates that there are are listed by name', async () => {
  const { stdout, code } = await runBuilt('capi-actions.js', { cwd, args: ['templates'], env: { PATH: env.PATH ?? '' } })
  assert.equal(code, 0)
  assert.equal(stdout, `cluster templates\n  plain  ${TEMPLATES}/cluster-template-plain.yaml\n`)
})

test('several workload clusters are planned at once', async () => {
  const step = await dry({ 'workload-clusters': 'one=plain\ntwo=plain', 'workload-variables': 'REGION=here' }, 'apply-template.js')
  const tasks = plannedBy(step)
  for (const name of ['available one', 'available two', 'clusterclasses']) assert.ok(tasks.includes(name), name)
})

test('a kind config that kind would refuse fails a dry run', async () => {
  const step = await dry({ 'kind-config': 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: worker\n  imge: x\n' })
  assert.equal(step.code, 1)
  assert.match(annotation(step) ?? '', /::.*imge/)
})

test('a part is planned with what it needs and no more', async () => {
  assert.deepEqual(plannedBy(await dry({}, 'create-cluster.js')).toSorted(), [
    'cluster',
    'cluster finished',
    'engine',
    'nodes ready',
    'registry',
    'registry connected',
    'tool kind',
  ])
  assert.ok(!plannedBy(await dry({}, 'build-images.js')).includes('cluster'))
  const workload = await dry({ 'workload-template': 'plain', 'workload-variables': 'REGION=here' }, 'apply-template.js')
  assert.ok(plannedBy(workload).includes('available demo'))
})

test('a dry step hands its inputs on, so that those after it are dry as well and mean the same cluster', async () => {
  const step = await runStep(
    cwd,
    { 'dry-run': 'true', 'cluster-name': 'mine' },
    {},
    { entry: 'create-cluster.js', env: { PATH: env.PATH ?? '' } },
  )
  assert.match(step.variables, /^CAPI_ACTIONS_DRY_RUN<<(\S+)\ntrue\n\1$/m)
  assert.match(step.variables, /^CAPI_ACTIONS_CLUSTER_NAME<<(\S+)\nmine\n\1$/m)
  assert.doesNotMatch(step.variables, /^KUBECONFIG</m)
})

test('a cluster that is there is not asked, and need not be there', async () => {
  const step = await dry({ kubeconfig: 'theirs.yaml', context: 'staging' }, 'create-cluster.js')
  assert.equal(step.code, 0, step.stdout)
  assert.deepEqual(plannedBy(step), ['cluster'])
  assert.match(step.outputs, new RegExp(`^kubeconfig<<(\\S+)\n${cwd}/theirs\\.yaml\n\\1$`, 'm'))
  assert.match(step.outputs, /^context<<(\S+)\nstaging\n\1$/m)
})

test('setup-tools says what it would install', async () => {
  const step = await dry({ tools: 'kubectl, helm' }, 'setup-tools.js')
  assert.equal(step.code, 0, step.stdout)
  assert.deepEqual(plannedBy(step), ['tool kubectl', 'tool helm'])
  assert.equal(step.paths, '')
})

test('up with --dry-run prints what plan prints', async () => {
  const [up, plan] = await Promise.all([
    runBuilt('capi-actions.js', { cwd, args: ['up', '--dry-run', 'true'], env: { PATH: env.PATH ?? '' } }),
    runBuilt('capi-actions.js', { cwd, args: ['plan'], env: { PATH: env.PATH ?? '' } }),
  ])
  assert.equal(up.code, 0, up.stderr)
  assert.equal(up.stdout, plan.stdout)
})
