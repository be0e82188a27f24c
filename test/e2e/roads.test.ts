/** Every road from a repository to an image that runs: by Go, with additional lines of a Dockerfile, from the Dockerfile by the engine, by a command; and into nodes without a registry. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { forBuilder } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { run } from './clusterctl-init.ts'
import { type CommandRun, capiActions, demo, type Options } from './command.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { writeTinyProvider } from './tiny-provider.ts'

const NAME = 'e2e-roads'

let testbed: Testbed
let scratch: string
let source: string
let options: Options
let environment: Readonly<Record<string, string>>
let earlier: Machine
let kubectl: string

before(async () => {
  testbed = await startTestbed({ extras: forBuilder })
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-roads-'))
  source = join(scratch, 'cluster-api-provider-tiny')
  await writeTinyProvider(source, testbed.versions.golangImage)
  environment = { DOCKER_CONFIG: join(scratch, 'docker'), BUILDX_CONFIG: join(scratch, 'buildx') }
  await mkdir(join(scratch, 'docker/cli-plugins'), { recursive: true })
  await symlink(await testbed.tool('buildx'), join(scratch, 'docker/cli-plugins/docker-buildx'))
  kubectl = await testbed.tool('kubectl')
  earlier = await lookAtMachine()
  options = {
    ...(await demo(testbed)),
    repository: source,
    providers: 'tiny',
    'enable-core-provider': 'false',
    'cert-manager': 'false',
    'cluster-name': NAME,
    'registry-name': `${NAME}-registry`,
    'registry-port': '5098',
    'state-dir': join(scratch, 'state'),
    'cache-dir': join(scratch, 'cache'),
  }
})
after(async () => {
  await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })
  await rm(scratch, { recursive: true, force: true })
})

const up = (config: string, more: Options = {}): Promise<CommandRun> =>
  capiActions(testbed, 'up', { ...options, 'provider-config': `tiny: ${config}`, ...more }, { environment })

const asked = (...args: string[]) => run(kubectl, ['-n', 'tiny-system', ...args], { KUBECONFIG: join(scratch, 'state/kubeconfig') })

/** What the manager that runs now has said, and the image that it runs. */
async function running(): Promise<{ readonly said: string; readonly image: string }> {
  const deployment = JSON.parse((await asked('get', 'deployment', 'tiny-controller-manager', '-o', 'json')).toString())
  return {
    said: (await asked('logs', 'deployment/tiny-controller-manager')).toString(),
    image: deployment.spec.template.spec.containers[0].image,
  }
}

test('a manager lies where its Deployment looks for it, and a pull secret that nobody has made is left out', async () => {
  const made = await up('{}')
  assert.equal(made.exitCode, 0, made.stderr)
  const { said, image } = await running()
  assert.match(said, /^built by go, extra "", arguments \["--leader-elect"\]/)
  assert.match(image, /^localhost:5098\/tiny-controller:/)
  assert.match(made.stdout, /names the pull secret nobody-has-made-it, which the manifests don't have: left out/)
})

test('additional lines of a Dockerfile are in the image, and what they copy from the helper stage', async () => {
  const config =
    '{additional-docker-helper-commands: "RUN echo helped > /made", additional-docker-build-commands: "COPY --from=tilt-helper /made /extra"}'
  const made = await up(config, { 'base-image': 'docker.io/library/busybox:latest' })
  assert.equal(made.exitCode, 0, made.stderr)
  assert.match((await running()).said, /^built by go, extra "helped\\n"/)
})

// The Dockerfile's image has its manager at another place.
const atRoot = async () => {
  const file = join(source, 'config/default/manager.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replace('/tiny/cmd', '/manager'))
}

test("its Dockerfile is built by the engine's builder, with the image of the Makefile's Go, and once", async () => {
  await atRoot()
  const first = await up('{build: dockerfile}')
  assert.equal(first.exitCode, 0, first.stderr)
  assert.match((await running()).said, /^built by dockerfile/)
  const again = await up('{build: dockerfile}')
  assert.match(again.stdout, /build tiny: nothing that it is built from has changed/)
})

test('a command of the repository makes its image, which is found in the engine, and is asked again only for other sources', async () => {
  const config = '{build: command, command: "make docker-build IMG={image}"}'
  const first = await up(config)
  assert.equal(first.exitCode, 0, first.stderr)
  assert.match((await running()).said, /^built by make/)
  const again = await up(config)
  assert.match(again.stdout, /build tiny: nothing that it is built from has changed/)
  await writeFile(join(source, 'README.md'), 'changed\n')
  assert.doesNotMatch((await up(config)).stdout, /build tiny: nothing that it is built from has changed/)
})

test('an image is loaded into the nodes where no registry is to be', async () => {
  const made = await up('{}', { 'image-delivery': 'load' })
  assert.equal(made.exitCode, 0, made.stderr)
  const { said, image } = await running()
  assert.match(said, /^built by go/)
  assert.match(image, /^capi-actions\.local\/tiny-controller:[0-9a-f]{16}$/)
  const again = await up('{}', { 'image-delivery': 'load' })
  assert.match(again.stdout, /image tiny: every node has capi-actions\.local\//)
})

test('nothing is left on the machine', async () => {
  await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })
  assert.deepEqual(await lookAtMachine(), earlier)
})
