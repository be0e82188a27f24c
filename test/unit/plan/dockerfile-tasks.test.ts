import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sha256 } from '../../../src/images/blob.ts'
import { RegistryClient } from '../../../src/images/registry-client.ts'
import { isBuildable } from '../../../src/plan/buildable.ts'
import { builderTask, dockerfileTasks } from '../../../src/plan/dockerfile-tasks.ts'
import { inOrder, task } from '../../../src/plan/task.ts'
import { resolveProviders } from '../../../src/providers/resolve.ts'
import { runPlan } from '../../../src/run/run.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { fakeRegistry } from '../images/fake-registry.ts'
import { capiCheckout } from '../providers/checkout.ts'

const layer = 'the layer'
const config = '{}'
const manifest = JSON.stringify({
  config: { mediaType: 'c', digest: sha256(config), size: config.length },
  layers: [{ mediaType: 'l', digest: sha256(layer), size: layer.length }],
})
const tag = sha256(manifest).slice(7, 23)
let folder: string
const PATH = process.env.PATH

/** A Cluster API repository with a Dockerfile, and a docker whose builder `farm` makes always the same image. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-actions-dockerfiles-'))
  const source = join(folder, 'source')
  await mkdir(source)
  await writeFile(join(source, 'go.mod'), 'module sigs.k8s.io/cluster-api\n\ngo 1.25.0\n')
  await writeFile(join(source, 'Makefile'), 'GO_VERSION ?= 1.25.12\n')
  await writeFile(join(source, 'Dockerfile'), 'ARG builder_image\nARG ARCH\nFROM ${builder_image}\nARG package=.\nARG ldflags\nARG mode\n')
  const index = {
    manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: sha256(manifest), size: manifest.length }],
  }
  await mkdir(join(folder, 'image/blobs/sha256'), { recursive: true })
  for (const text of [layer, config, manifest]) await writeFile(join(folder, 'image/blobs', sha256(text).replace(':', '/')), text)
  await writeFile(join(folder, 'image/index.json'), JSON.stringify(index))
  const script = `#!/bin/sh
echo "$*" >> ${folder}/calls
case "$1 $2" in
  'buildx version') echo v0.30.1 ;;
  'buildx inspect') printf 'Name: farm\\nDriver: remote\\n\\nNodes:\\nName: farm0\\nStatus: running\\n' ;;
  'buildx build') cp -r ${folder}/image/. "$(echo "$*" | sed 's/.*,dest=\\([^ ]*\\).*/\\1/')" ;;
esac
`
  await writeFile(join(folder, 'docker'), script)
  await chmod(join(folder, 'docker'), 0o755)
  process.env.PATH = `${folder}:${PATH}`
})
after(async () => {
  process.env.PATH = PATH
  await rm(folder, { recursive: true })
})

/** Builds the image of core, with a registry that knows it or not. */
async function run(given: Readonly<Record<string, string>> = {}, known = true) {
  await rm(join(folder, 'calls'), { force: true })
  await using registry = await fakeRegistry({
    [`HEAD /v2/cluster-api-controller/manifests/${tag}`]: [
      known ? { status: 200, headers: { 'docker-content-digest': sha256(manifest) } } : { status: 404 },
    ],
    [`HEAD /v2/cluster-api-controller/blobs/${sha256(layer)}`]: [{ status: 200 }],
    [`HEAD /v2/cluster-api-controller/blobs/${sha256(config)}`]: [{ status: 200 }],
    [`PUT /v2/cluster-api-controller/manifests/${tag}`]: [{ status: 201 }],
  })
  const repository = join(folder, 'source')
  const settings = await loadSettings({
    given: { repository, providers: 'core', builder: 'farm', ...given },
    env: { HOME: folder },
    cwd: folder,
  })
  const [core] = resolveProviders(settings, [capiCheckout({ root: repository })]).filter(isBuildable)
  const started = task('registry', '', [], async () => ({
    address: new URL(registry.url).host,
    client: new RegistryClient(),
    login: undefined,
    local: undefined,
  }))
  const platform = { os: 'linux', architecture: 'amd64' }
  const destination = { platform, registry: started, folderOf: () => join(folder, 'managers') }
  const image = dockerfileTasks(builderTask(settings, platform), core ? [core] : [], settings, destination)(core ?? assert.fail('no core'))
  const { failures, records } = await runPlan({ tasks: inOrder([image]) }, () => {}, new AbortController().signal)
  const calls = (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter(call => call.startsWith('buildx build'))
  const address = new URL(registry.url).host
  const { outcome } = records.at(-1) ?? assert.fail('nothing ran')
  return { failures, calls, address, value: 'value' in outcome ? outcome.value : undefined }
}

test('an image is built once, and again when its context, its args or the registry have changed', async () => {
  const first = await run({}, false)
  assert.deepEqual(first.failures, [])
  assert.deepEqual(first.value, {
    name: 'core',
    reference: `${first.address}/cluster-api-controller:${tag}`,
    digest: sha256(manifest),
    pushed: true,
  })
  assert.match(
    first.calls[0] ?? '',
    /--build-arg builder_image=docker\.io\/library\/golang:1\.25\.12 --build-arg ARCH=amd64 --build-arg package=\. --build-arg ldflags=-s -w -X /,
  )
  const builds = async (given = {}, known = true) => (await run(given, known)).calls.length
  assert.equal(await builds(), 0)
  assert.equal(await builds({}, false), 1)
  assert.equal(await builds({ 'build-args': 'mode=debug' }), 1)
  await writeFile(join(folder, 'source/main.go'), 'package main\n')
  assert.equal(await builds({ 'build-args': 'mode=debug' }), 1)
  assert.equal(await builds({ 'build-args': 'mode=debug' }), 0)
  assert.equal(await builds({ 'build-args': 'mode=debug', 'builder-image': 'example.com/golang:1' }), 1)
})

test('an arg that no Dockerfile has, and a Dockerfile that is not there, are said before anything is built', async () => {
  const { failures, calls } = await run({ 'build-args': 'mod=debug' })
  assert.equal(
    (failures[0] as Error).message,
    'no Dockerfile has the build argument mod, did you mean mode?: they have builder_image, ARCH, package, ldflags, mode',
  )
  assert.deepEqual(calls, [])
  await rm(join(folder, 'source/Dockerfile'))
  assert.equal(((await run()).failures[0] as Error).message, `provider core has no Dockerfile: there is no ${folder}/source/Dockerfile`)
})
