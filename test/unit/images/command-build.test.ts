import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Made } from '../../../src/host/work.ts'
import { buildByCommand, type CommandBuild, commandVariables, filledCommand } from '../../../src/images/command-build.ts'
import { parseReference } from '../../../src/images/reference.ts'
import { RegistryClient } from '../../../src/images/registry-client.ts'
import { type FakeAnswer, fakeRegistry } from './fake-registry.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const platform = { os: 'linux', architecture: 'amd64' }
const image = parseReference('localhost:5000/project/capx:src-1')

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-archive-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a command is told what to make under the names that Makefiles, ko and BuildKit read', () => {
  assert.deepEqual(commandVariables({ image, platform }), {
    IMAGE: 'localhost:5000/project/capx:src-1',
    IMG: 'localhost:5000/project/capx:src-1',
    REGISTRY: 'localhost:5000/project',
    IMAGE_NAME: 'capx',
    TAG: 'src-1',
    PLATFORM: 'linux/amd64',
    ARCH: 'amd64',
    KO_DOCKER_REPO: 'localhost:5000/project/capx',
    KO_DEFAULTPLATFORMS: 'linux/amd64',
    DOCKER_BUILDKIT: '1',
  })
})

test('placeholders are filled, other braces are left to the shell', () => {
  const variables = commandVariables({ image, platform })
  assert.equal(
    filledCommand('make x IMG={image} && echo ${HOME} {other}', variables),
    'make x IMG=localhost:5000/project/capx:src-1 && echo ${HOME} {other}',
  )
  assert.deepEqual(filledCommand(['ko', 'build', '--tags={tag}', '--platform={platform}'], variables), [
    'ko',
    'build',
    '--tags=src-1',
    '--platform=linux/amd64',
  ])
})

/** Runs `command` with an engine whose store is a file of references: `docker tag NAME` adds one. */
async function building(
  t: TestContext,
  command: CommandBuild['command'],
  more: Partial<CommandBuild> = {},
  pushed: FakeAnswer = { status: 404 },
) {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-command-'))
  t.after(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'source'))
  await writeFile(join(folder, 'store'), 'busybox:1 abc\n')
  const script = `#!/bin/sh
case "$1 $2" in
  'image ls') cat ${folder}/store ;;
  'image save') while [ "$1" != --output ]; do shift; done
    echo "$3" > ${folder}/manifest.json; tar -cf "$2" -C ${folder} manifest.json ;;
  tag*) echo "$2 def" >> ${folder}/store ;;
esac
`
  await writeFile(join(folder, 'docker'), script)
  await chmod(join(folder, 'docker'), 0o755)
  const path = process.env.PATH
  process.env.PATH = `${folder}:${path}`
  await using registry = await fakeRegistry({ 'HEAD /v2/capx/manifests/src-1': [pushed] })
  const asked = { registry: new URL(registry.url).host, repository: 'capx', version: 'src-1' }
  const recorded: Made[] = []
  const record = async (made: Made) => void recorded.push(made)
  const output = join(folder, 'out')
  const build = { name: 'x', folder: join(folder, 'source'), command, image: asked, platform, engine: 'docker' as const, output, ...more }
  try {
    return { made: await buildByCommand(build, new RegistryClient(), record, work), output, registry: asked.registry, recorded }
  } finally {
    process.env.PATH = path
  }
}

const saved = (output: string) => readFile(join(output, 'manifest.json'), 'utf8')

test('an image that the command leaves to the engine is taken from there', async t => {
  const { made, output, registry } = await building(t, 'docker tag $IMAGE')
  assert.deepEqual(made, { folder: output })
  assert.equal(await saved(output), `${registry}/capx:src-1\n`)
})

test('one with another name is known by the tag, as Makefiles add the architecture to names', async t => {
  const { output, registry } = await building(t, 'docker tag $REGISTRY/capx-$ARCH:$TAG')
  assert.equal(await saved(output), `${registry}/capx-amd64:src-1\n`)
})

test('one that the command has pushed is there', async t => {
  const { made } = await building(t, ['true'], {}, { status: 200, headers: { 'docker-content-digest': 'sha256:abc' } })
  assert.deepEqual(made, { pushed: { digest: 'sha256:abc' } })
})

test('what the command leaves in the engine with our tag is recorded, to be taken from there, and nothing else', async t => {
  const { recorded, registry } = await building(t, 'docker tag $IMAGE; docker tag other:src-1; docker tag other:latest')
  assert.deepEqual(recorded, [
    { kind: 'image', name: `${registry}/capx:src-1` },
    { kind: 'image', name: 'other:src-1' },
  ])
})

test('an archive that the command writes is unpacked', async t => {
  const archive = join(await temporaryFolder(t), 'image.tar')
  const { output } = await building(t, `echo archived > manifest.json; tar -cf ${archive} manifest.json`, { archive })
  assert.equal(await saved(output), 'archived\n')
})

test('a folder that the command writes is taken with what is in it', async t => {
  const archive = await temporaryFolder(t)
  const { output } = await building(t, `mkdir ${archive}/blobs; echo layout > ${archive}/manifest.json`, { archive })
  assert.equal(await saved(output), 'layout\n')
})

test('a command that makes something else is refused with what it made', async t => {
  await assert.rejects(building(t, 'docker tag example.test/other:v1'), error => {
    assert.match(
      String(error),
      /the command that builds the image of x made no 127\.0\.0\.1:\d+\/capx:src-1: it is neither in the registry nor in docker's store, where the command has made example\.test\/other:v1$/,
    )
    return true
  })
})

test('a command that fails is refused with what it said', async t => {
  await assert.rejects(building(t, 'echo no rule to make target >&2; exit 2'), {
    what: 'the command that builds the image of x exited with code 2',
    why: 'no rule to make target',
  })
})
