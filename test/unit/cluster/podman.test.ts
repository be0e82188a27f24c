/** Podman instead of docker: how it is found out, and where its words differ. Its answers are those of 4.3.1. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { removeConnection, removeNetwork, removeWorkloadContainers } from '../../../src/cluster/clean-up.ts'
import { docker, findContainer, requireEngine, withRegistry } from '../../../src/cluster/engine.ts'
import { lostSocket, requireSocket } from '../../../src/cluster/engine-socket.ts'
import { findNetwork, kindNetwork } from '../../../src/cluster/network.ts'
import { imageLoading, imageSaving, nameInEngine, namesOfNode } from '../../../src/cluster/node-image.ts'
import { ensureRegistry } from '../../../src/cluster/registry.ts'
import { connectRegistry } from '../../../src/cluster/registry-hosts.ts'
import { engineName, useEngine } from '../../../src/host/container-engine.ts'
import { chooseEngine } from '../../../src/host/engine-choice.ts'
import { fakeDocker, inspected, printed, type Reply } from './fake-docker.ts'

const said: string[] = []
const work = { signal: new AbortController().signal, log: (line: string) => void said.push(line), waiting: () => {} }
const { KIND_EXPERIMENTAL_PROVIDER: provider, DOCKER_HOST: dockerHost } = process.env
afterEach(() => {
  said.length = 0
  for (const [name, value] of Object.entries({ KIND_EXPERIMENTAL_PROVIDER: provider, DOCKER_HOST: dockerHost }))
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
})

const DOCKER: Reply = { stdout: 'Client: Docker Engine - Community\n Version: 28.2.2\n\nServer: Docker Engine - Community\n' }
const PODMAN: Reply = { stdout: 'Client:       Podman Engine\nVersion:      4.3.1\n' }
const NONE: Reply = { exitCode: 1, stderr: 'Cannot connect to the Docker daemon' }
/** What podman says of a thing that is not there. */
const MISSING: Reply = { exitCode: 125, stdout: '[]\n', stderr: 'Error: inspecting object: no such container x' }

const choices: readonly [name: string, said: 'auto' | 'docker' | 'podman', docker: Reply, podman: Reply, chosen: string][] = [
  ['an engine that answers docker is docker, whether podman is there or not', 'auto', DOCKER, PODMAN, 'docker'],
  ['a docker command of podman is podman', 'auto', PODMAN, PODMAN, 'podman'],
  ['a docker command of podman is podman even where docker is asked for, as in Tilt', 'docker', PODMAN, PODMAN, 'podman'],
  ['without a docker engine it is podman, where that is there', 'auto', NONE, PODMAN, 'podman'],
  ['without either it is docker, which is missed then', 'auto', NONE, NONE, 'docker'],
  ['podman is taken at the word of the user', 'podman', DOCKER, PODMAN, 'podman'],
  ['docker is taken at the word of the user', 'docker', NONE, PODMAN, 'docker'],
]
for (const [name, wanted, docker, podman, chosen] of choices)
  test(name, async () => {
    await using _commands = await fakeDocker({ version: [docker], 'podman version': [podman] })
    assert.equal(await chooseEngine(wanted, work), chosen)
    assert.equal(engineName(), chosen)
  })

test('that the engine is podman, and why, is said where nobody asked for it', async () => {
  await using _commands = await fakeDocker({ version: [NONE], 'podman version': [PODMAN] })
  await chooseEngine('auto', work)
  assert.deepEqual(said, ['the engine is podman: no Docker engine answers'])
})

test('who sets DOCKER_HOST means docker, though nothing answers there', async () => {
  await using _commands = await fakeDocker({ version: [NONE], 'podman version': [PODMAN] })
  process.env.DOCKER_HOST = 'unix:///nowhere'
  assert.equal(await chooseEngine('auto', work), 'docker')
})

test('who has told kind to use podman means podman, unless docker is asked for', async () => {
  await using _commands = await fakeDocker({ version: [DOCKER], 'podman version': [PODMAN] })
  process.env.KIND_EXPERIMENTAL_PROVIDER = 'podman'
  assert.equal(await chooseEngine('auto', work), 'podman')
  assert.equal(await chooseEngine('docker', work), 'docker')
  assert.equal(process.env.KIND_EXPERIMENTAL_PROVIDER, 'docker', 'every kind that is started then uses it too')
})

const INFO = { host: { serviceIsRemote: false, remoteSocket: { path: '/nowhere/podman.sock' } }, version: { Version: '4.3.1' } }

test('podman tells its version and its socket, and that it does not work', async () => {
  useEngine('podman')
  const words = 'Error: cannot re-exec process'
  await using _commands = await fakeDocker({ 'podman info': [{ stdout: JSON.stringify(INFO) }, { exitCode: 125, stderr: words }] })
  const engine = await requireEngine(work)
  assert.deepEqual(engine, { version: '4.3.1', hostName: undefined, socket: '/nowhere/podman.sock', rootless: undefined })
  await assert.rejects(requireEngine(work), { what: 'podman does not answer', why: words })
})

const NO_SERVICE: Reply = {
  exitCode: 125,
  stdout: 'Cannot connect to Podman. Please verify your connection to the Linux system using `podman system connection list`',
  stderr:
    'Error: unable to connect to Podman socket: Get "http://d/v4.3.1/libpod/_ping": dial unix /nowhere/podman.sock: connect: no such file or directory',
}

for (const [whose, rootless, start] of [
  ["root's", undefined, 'sudo systemctl start podman.socket'],
  ["a user's", { cgroup2: true, missing: [] }, 'systemctl --user start podman.socket'],
] as const)
  test(`podman itself is asked whether its service answers, and told is how ${whose} is started`, async () => {
    useEngine('podman')
    const engine = { version: '4.3.1', hostName: undefined, socket: '/nowhere/podman.sock', rootless }
    await using commands = await fakeDocker({ 'podman --url': [{ stdout: '4.3.1\n' }, NO_SERVICE] })
    await requireSocket(engine, work)
    await assert.rejects(requireSocket(engine, work), {
      what: 'podman has no service at /nowhere/podman.sock',
      why: 'the docker provider makes its machines through it',
      remedy: `start it: ${start}, or podman system service --time=0`,
    })
    assert.equal((await commands.calls())[0], 'podman --url unix:///nowhere/podman.sock version --format {{.Server.Version}}')
  })

test('a socket in the virtual machine of podman is not looked for, nor one of docker', async () => {
  await using commands = await fakeDocker({})
  const engine = { version: '5.2.0', hostName: undefined, socket: '/nowhere/a.sock', rootless: undefined }
  await requireSocket(engine, work)
  useEngine('podman')
  await requireSocket({ ...engine, hostName: 'host.containers.internal' }, work)
  assert.deepEqual(await commands.calls(), [])
})

test('a node whose socket is of a service that was started again is found out, by the very file', async () => {
  useEngine('podman')
  const folder = await mkdtemp(join(tmpdir(), 'socket-'))
  const socket = join(folder, 'podman.sock')
  await writeFile(socket, '')
  const { dev, ino } = await stat(socket)
  const engine = { version: '4.3.1', hostName: undefined, socket, rootless: undefined }
  const node = (source: string) => ({
    ...{ name: 'c-control-plane', running: true, status: 'running', image: '', labels: {}, ports: [], networks: [], addresses: {} },
    mounts: [{ source, destination: '/var/run/docker.sock' }],
  })
  await using commands = await fakeDocker({ 'podman exec': [{ stdout: `${dev}:${ino}\n` }, { stdout: `${dev}:${ino + 1}\n` }] })
  assert.equal(await lostSocket(node(socket), engine, work), undefined)
  assert.equal(await lostSocket(node(socket), engine, work), 'the socket in c-control-plane is of an engine that was started again')
  const asked = await commands.calls()
  assert.equal(asked[0], 'podman exec c-control-plane stat --format %d:%i /var/run/docker.sock')
  assert.equal(await lostSocket(node('/of/the/user.sock'), engine, work), undefined)
  await rm(folder, { recursive: true })
  assert.equal(await lostSocket(node(socket), engine, work), undefined, 'in a folder that only podman looks into')
  assert.deepEqual(await commands.calls(), asked)
})

test('what is not there has another exit code, and is not there all the same', async () => {
  useEngine('podman')
  await using commands = await fakeDocker({ podman: [MISSING] })
  assert.equal((await docker(['image', 'inspect', 'x'], work, { allow: [1] })).exitCode, 125)
  assert.equal(await findContainer('x', work), undefined)
  assert.deepEqual(await commands.calls(), ['podman image inspect x', 'podman container inspect x'])
})

const network = (dns: boolean): Reply =>
  printed({ name: 'kind', subnets: [{ subnet: 'fc00::/64', gateway: 'fc00::1' }, { gateway: '10.89.0.1' }], dns_enabled: dns })

test('a network is told in other words, and its containers by another question', async () => {
  useEngine('podman')
  await using _commands = await fakeDocker({
    'podman network inspect kind': [network(false)],
    'podman network inspect': [
      { exitCode: 125, stdout: '[]', stderr: 'Error: network x: unable to find network with name or ID x: network not found' },
    ],
    'podman container ls': [{ stdout: 'a-control-plane\nreg\n' }],
  })
  assert.deepEqual(await findNetwork('kind', work), {
    name: 'kind',
    gateway: '10.89.0.1',
    containers: ['a-control-plane', 'reg'],
    knowsNames: false,
  })
  assert.equal(await findNetwork('x', work), undefined)
  assert.equal(await removeNetwork('kind', work), false)
})

test('the network of kind is named by a variable of its own', () => {
  useEngine('podman')
  process.env.KIND_EXPERIMENTAL_PODMAN_NETWORK = 'mine'
  assert.equal(kindNetwork(), 'mine')
  delete process.env.KIND_EXPERIMENTAL_PODMAN_NETWORK
  assert.equal(kindNetwork(), 'kind')
})

for (const [dns, host] of [
  [true, 'reg'],
  [false, '10.89.0.9'],
] as const)
  test(`nodes are told the registry by its ${dns ? 'name' : 'address, where the network tells nobody names'}`, async () => {
    useEngine('podman')
    const registry = { ...inspected('reg'), NetworkSettings: { Networks: { kind: { IPAddress: '10.89.0.9' } } } }
    await using commands = await fakeDocker({
      'podman container inspect': [printed(registry)],
      'podman network inspect': [network(dns)],
      'podman exec node containerd config dump': [
        { stdout: 'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n' },
      ],
      'podman exec --interactive node': [{}],
    })
    const reg = { address: 'localhost:5311', container: 'reg', inCluster: 'http://reg:5000', made: true }
    await connectRegistry({ nodes: ['node'] }, reg, {}, async () => {}, work)
    assert.match(await commands.input(), new RegExp(`^server = "http://${host}:5000"$`, 'm'))
  })

test('a connection of a registry that is not ours is taken back', async () => {
  useEngine('podman')
  await using commands = await fakeDocker({
    'podman network inspect': [network(true)],
    'podman container ls': [{ stdout: 'reg\n' }],
    'podman container inspect': [printed(inspected('reg', {}, { networks: ['podman', 'kind'] }))],
    'podman network disconnect': [{}],
  })
  assert.equal(await removeConnection('kind', 'reg', work), true)
  assert.equal((await commands.calls()).at(-1), 'podman network disconnect kind reg')
})

test('podman pulls an image by its whole name', async () => {
  assert.deepEqual(['registry:3', 'me/app', 'quay.io/a/b', 'localhost/a', 'mirror:5000/a'].map(withRegistry), [
    'docker.io/library/registry:3',
    'docker.io/me/app',
    'quay.io/a/b',
    'localhost/a',
    'mirror:5000/a',
  ])
  useEngine('podman')
  await using commands = await fakeDocker({
    'podman image pull': [{ exitCode: 125, stderr: 'Error: no route to host' }],
    podman: [MISSING],
  })
  await assert.rejects(
    ensureRegistry({ name: 'reg', port: 5319, image: 'registry:3', cluster: 'c' }, async () => {}, work),
    {
      what: 'registry image registry:3 cannot be pulled',
      why: 'Error: no route to host',
    },
  )
  assert.equal((await commands.calls()).at(-1), 'podman image pull --quiet docker.io/library/registry:3')
})

test('a node that kind has made with podman says its image in the words of podman', () => {
  const digest = `sha256:${'3489c7674813'.padEnd(64, '0')}`
  assert.ok(namesOfNode('kindest/node:v1.34.4').includes('docker.io/kindest/node:v1.34.4'))
  assert.ok(namesOfNode(`kindest/node:v1.36.1@${digest}`).includes(`docker.io/kindest/node@${digest}`))
  assert.ok(namesOfNode(`kindest/node:v1.36.1@${digest}`).includes('docker.io/kindest/node:v1.36.1-sha256-3489c7674813'))
  assert.ok(namesOfNode('localhost:5000/node:v1').includes('localhost:5000/node:v1'))
})

test('the volumes that kind has made for nodes go with them, and those of other clusters stay', async () => {
  useEngine('podman')
  const volumes = [
    { Name: 'of-ours', Labels: { 'a-control-plane': 'true' } },
    { Name: 'of-our-worker', Labels: { 'a-worker2': 'true' } },
    { Name: 'of-another', Labels: { 'a-b-control-plane': 'true' } },
    { Name: 'of-nobody', Labels: null },
  ]
  await using commands = await fakeDocker({
    'podman container ls': [{ stdout: '1\n' }],
    'podman container inspect': [printed(inspected('a-control-plane'))],
    'podman container rm': [{}],
    'podman volume ls': [{ stdout: JSON.stringify(volumes) }],
    'podman volume rm': [{}],
  })
  assert.equal(await removeWorkloadContainers('a', work), true)
  assert.equal((await commands.calls()).at(-1), 'podman volume rm --force of-ours of-our-worker')
})

test('an image with tag and digest is asked for without the tag, which podman refuses beside it', async () => {
  useEngine('podman')
  const digest = `sha256:${'3489c7674813'.padEnd(64, '0')}`
  const reference = `kindest/node:v1.36.1@${digest}`
  await using commands = await fakeDocker({
    [`podman image inspect --format {{.Id}} docker.io/kindest/node@${digest}`]: [{}],
    'podman image tag': [{}],
  })
  assert.equal(await nameInEngine(reference, work), reference)
  assert.deepEqual(await imageSaving(reference, work), {
    command: 'podman',
    args: ['image', 'save', 'docker.io/kindest/node:v1.36.1-sha256-3489c7674813'],
  })
  assert.equal(imageLoading().command, 'podman')
  assert.equal(
    (await commands.calls()).at(-1),
    `podman image tag docker.io/kindest/node@${digest} docker.io/kindest/node:v1.36.1-sha256-3489c7674813`,
  )
})
