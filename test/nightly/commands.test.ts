/** The `command` road on repositories that nobody here wrote, unmodified: `make docker-build` of a Makefile as Cluster API's are, and ko, which needs no engine, by each of the ways in which it gives an image. Some ten minutes where the builder of the engine has compiled nothing yet. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { run } from '../e2e/clusterctl-init.ts'
import { type CommandRun, capiActions, demo, type Options } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { extras, forBuilder } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'

const NAME = 'e2e-commands'
const REGISTRY = 'localhost:5374'
const PROVIDERS = ['helm', 'ipam-in-cluster', 'k3s-bootstrap', 'k3s-control-plane']

let testbed: Testbed
let scratch: string
let earlier: Machine
let pulled: readonly string[]
let outcome: CommandRun
let up: () => Promise<CommandRun>
const output = async (...command: [string, ...string[]]) => (await promisify(execFile)(command[0], command.slice(1))).stdout
const engineImages = async () => (await output('docker', 'image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')).split('\n').filter(Boolean)
const kubectl = async (...args: string[]) =>
  run(await testbed.tool('kubectl'), args, { ...testbed.env, KUBECONFIG: join(scratch, 'state/kubeconfig') })

before(async () => {
  testbed = await startTestbed({ extras: [...forBuilder, extras.ko, extras['image-kube-rbac-proxy']] })
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-commands-'))
  earlier = await lookAtMachine()
  pulled = await engineImages()
  const clone = (name: 'addon-helm' | 'ipam-in-cluster' | 'k3s') => testbed.repository(name, join(scratch, name))
  const clones = await Promise.all((['addon-helm', 'ipam-in-cluster', 'k3s'] as const).map(clone))
  await mkdir(join(scratch, 'docker/cli-plugins'), { recursive: true })
  await symlink(await testbed.tool('buildx'), join(scratch, 'docker/cli-plugins/docker-buildx'))
  const environment = {
    DOCKER_CONFIG: join(scratch, 'docker'),
    BUILDX_CONFIG: join(scratch, 'buildx'),
    PATH: `${dirname(await testbed.tool('ko'))}:${process.env.PATH}`,
    // ko's own default is an image of Chainguard's.
    KO_DEFAULTBASEIMAGE: `${gcr(testbed)}/distroless/static:nonroot`,
  }
  // The Go of this machine is newer than that of the Makefile, and has another name here; its base image comes from where images are served.
  const make = `make docker-build GO_VERSION=${testbed.versions.golangImage} DEPLOYMENT_BASE_IMAGE=${gcr(testbed)}/distroless/static`
  const ko = 'ko build --bare --tags={tag}'
  const config = {
    helm: { command: make },
    'ipam-in-cluster': { command: `${ko} --platform={platform} .` },
    'k3s-bootstrap': {
      command: `mkdir -p made; ${ko} --push=false --tarball=made/bootstrap.tar ./bootstrap`,
      'image-archive': 'made/bootstrap.tar',
    },
    'k3s-control-plane': { command: `${ko} --push=false --oci-layout-path=made/layout ./controlplane`, 'image-archive': 'made/layout' },
  }
  const { repository: _, 'capi-version': __, ...surroundings } = await demo(testbed)
  const options: Options = {
    ...surroundings,
    'provider-repos': clones.join(','),
    providers: `core:${testbed.versions.clusterApi} ${PROVIDERS.join(' ')}`,
    'provider-config': JSON.stringify(config),
    'cluster-name': NAME,
    'registry-name': `${NAME}-registry`,
    'registry-port': REGISTRY.replace(/.*:/, ''),
    'state-dir': join(scratch, 'state'),
    'cache-dir': join(scratch, 'cache'),
    timeout: '5m',
  }
  up = () => capiActions(testbed, 'up', options, { environment })
  outcome = await up()
})
after(async () => {
  await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })
  // What Makefiles pull and build stays in the engine, as it does for who runs them by hand.
  const left = (await engineImages()).filter(
    image => !pulled.includes(image) && /^(localhost:5374|127\.0\.0\.1:|golang:|docker\/dockerfile:|gcr\.io)/.test(image),
  )
  if (left.length > 0) await output('docker', 'image', 'rm', ...left)
  await rm(scratch, { recursive: true, force: true })
})

/** Where images of gcr.io are had by a name that the engine, and ko, take as it is. */
const gcr = ({ imageMirrors }: Testbed): string => imageMirrors['gcr.io']?.replace(/^https?:\/\//, '') ?? 'gcr.io'

const ACCEPT = 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'

/** The entrypoint of an image in our registry, and how its layers are called. */
async function imageOf(reference: string): Promise<{ readonly entrypoint: string; readonly layers: readonly string[] }> {
  const [, name, tag] = /^[^/]+\/(.+):([^:]+)$/.exec(reference) ?? []
  const get = async (path: string) => (await fetch(`http://${REGISTRY}/v2/${name}/${path}`, { headers: { accept: ACCEPT } })).json()
  const { config, layers } = (await get(`manifests/${tag}`)) as { config: { digest: string }; layers: { mediaType: string }[] }
  const { config: runs } = (await get(`blobs/${config.digest}`)) as { config: { Entrypoint: string[] } }
  return { entrypoint: runs.Entrypoint.join(' '), layers: layers.map(({ mediaType }) => mediaType) }
}

/** The image of the container `manager` of a Deployment that is Available. */
async function runningIn(namespace: string, deployment: string): Promise<string> {
  const { spec, status } = JSON.parse(await kubectl('get', 'deployment', '-n', namespace, deployment, '-o', 'json')) as {
    spec: { template: { spec: { containers: { name: string; image: string }[] } } }
    status: { conditions: { type: string; status: string }[] }
  }
  assert.equal(status.conditions.find(({ type }) => type === 'Available')?.status, 'True', deployment)
  return spec.template.spec.containers.find(({ name }) => name === 'manager')?.image ?? ''
}

test('an unmodified repository is built by its own make docker-build, to which variables say what to make, and its manager is Available', async () => {
  assert.equal(outcome.exitCode, 0)
  const image = await runningIn('caaph-system', 'caaph-controller-manager')
  assert.match(image, /^localhost:5374\/cluster-api-helm-controller:[0-9a-f]+$/)
  assert.equal((await imageOf(image)).entrypoint, '/manager')
  assert.match(
    outcome.stdout + (await readFile(join(scratch, 'state/report/run.log'), 'utf8')),
    /cluster-api-helm-controller-amd64:src-[0-9a-f]{16} is taken/,
  )
})

test('an image that ko has pushed is run as it is', async () => {
  const image = await runningIn('capi-ipam-in-cluster-system', 'capi-ipam-in-cluster-controller-manager')
  assert.match(image, /^localhost:5374\/cluster-api-ipam-in-cluster-controller:src-[0-9a-f]{16}$/)
  assert.equal((await imageOf(image)).entrypoint, '/ko-app/cluster-api-ipam-provider-in-cluster')
  assert.match(outcome.stdout, /ipam-in-cluster is started by \/ko-app\/cluster-api-ipam-provider-in-cluster, where ko has put it/)
})

test('an archive of ko, whose layers are compressed, and a folder that it writes, become images that run, without an engine', async () => {
  for (const name of ['bootstrap', 'control-plane']) {
    const image = await runningIn(`capi-k3s-${name}-system`, `capi-k3s-${name}-controller-manager`)
    const { entrypoint, layers } = await imageOf(image)
    assert.equal(entrypoint, `/ko-app/${name.replace('-', '')}`)
    for (const layer of layers) assert.match(layer, /[+.]gzip$/)
  }
})

test('nothing is made again, though the Makefile has written its image into the manifests and archives lie among the sources', async () => {
  const status = (name: string) => output('git', '-C', join(scratch, name), 'status', '--short')
  assert.equal(await status('addon-helm'), ' M config/default/manager_image_patch.yaml\n')
  assert.equal(await status('k3s'), '?? made/\n')
  const again = await up()
  assert.equal(again.exitCode, 0)
  for (const name of PROVIDERS) assert.match(again.stdout, new RegExp(`build ${name}: nothing that it is built from has changed`))
})

test('a changed file has the commands of its repository asked again, and of a folder that ko adds to the newest image is run', async () => {
  const manager = () => runningIn('capi-k3s-control-plane-system', 'capi-k3s-control-plane-controller-manager')
  const before = await manager()
  await appendFile(join(scratch, 'k3s/controlplane/main.go'), '\nfunc init() { println("changed") }\n')
  const again = await up()
  assert.equal(again.exitCode, 0)
  const isSpared = (name: string) => again.stdout.includes(`build ${name}: nothing that it is built from has changed`)
  assert.deepEqual(PROVIDERS.filter(isSpared), ['helm', 'ipam-in-cluster'])
  assert.notEqual(await manager(), before)
  assert.match(
    await kubectl('logs', '-n', 'capi-k3s-control-plane-system', 'deployment/capi-k3s-control-plane-controller-manager', '-c', 'manager'),
    /^changed$/m,
  )
})

test('down leaves nothing on the machine', async () => {
  assert.equal((await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })).exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
})
