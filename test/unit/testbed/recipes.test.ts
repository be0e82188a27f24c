import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { mountsBelow } from '../../testbed/cache.ts'
import { mayRaiseLimits, shimOf } from '../../testbed/engine.ts'
import { limiter } from '../../testbed/kitchen.ts'
import { allRecipes, extras, secondClusterApi, standard } from '../../testbed/menu.ts'
import { duration } from '../../testbed/progress.ts'
import { closure, keyOf } from '../../testbed/recipe.ts'
import { chartOf, crdTemplate } from '../../testbed/recipes/cert-manager.ts'
import { clusterApi, releaseManifest } from '../../testbed/recipes/cluster-api.ts'
import { librariesOf } from '../../testbed/recipes/debian.ts'
import { moduleText, stagingReplaced } from '../../testbed/recipes/go.ts'
import { kubernetes } from '../../testbed/recipes/kubernetes.ts'
import { isScript, repositoryRecipes } from '../../testbed/recipes/repositories.ts'

test("Kubernetes' staging modules are replaced by what is published of them", () => {
  const required = [
    { Path: 'k8s.io/api', Version: 'v0.0.0' },
    { Path: 'k8s.io/utils', Version: 'v0.0.0-20250604170112-4c0f3b243397' },
    { Path: 'go.uber.org/zap', Version: 'v1.27.0' },
  ]
  assert.deepEqual(stagingReplaced('v1.34.4', required), {
    require: { 'k8s.io/api': 'v0.34.4', 'k8s.io/utils': 'v0.0.0-20250604170112-4c0f3b243397', 'go.uber.org/zap': 'v1.27.0' },
    replace: { 'k8s.io/api': 'k8s.io/api v0.34.4' },
  })
})

test('a module of our own is a go.mod with require and replace lines', () => {
  assert.equal(
    moduleText('1.25.0', { 'a.io/a': 'v1.0.0' }, { 'b.io/b v1.1.0': 'b.io/b v1.0.0' }),
    'module testbed\ngo 1.25.0\nrequire a.io/a v1.0.0\nreplace b.io/b v1.1.0 => b.io/b v1.0.0\n',
  )
})

test('a release manifest names the image of the release, pulled only if absent', () => {
  const rendered = 'image: gcr.io/k8s-staging-cluster-api/cluster-api-controller:main\nimagePullPolicy: Always\n'
  assert.equal(
    releaseManifest(rendered, 'registry.k8s.io/cluster-api/cluster-api-controller:v1.13.4'),
    'image: registry.k8s.io/cluster-api/cluster-api-controller:v1.13.4\nimagePullPolicy: IfNotPresent\n',
  )
})

test("cert-manager's chart gets its version and loses the annotations of an artefact hub", () => {
  const template = 'name: cert-manager\nversion: v0.1.0\nappVersion: v0.1.0\nannotations:\n  a/b: "{{X}}"\n  c: d\n'
  assert.equal(chartOf(template, 'v1.11.5'), 'name: cert-manager\nversion: v1.11.5\nappVersion: v1.11.5\n')
  assert.equal(chartOf('annotations:\n  a: b\nversion: v0\n', 'v1'), 'version: v1\n')
})

test('the labels of its custom resource definitions come out of their comment', () => {
  assert.equal(crdTemplate(['    # Generated labels {{- include "labels" . }}\n']), '---\n    {{- include "labels" . }}\n')
})

test('libraries are those that ldd resolves, the loader included', () => {
  const printed =
    '\tlinux-vdso.so.1 (0x7ffc)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x7f)\n\t/lib64/ld-linux-x86-64.so.2 (0x7f)\n'
  assert.deepEqual(librariesOf(printed), ['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2'])
  assert.deepEqual(librariesOf('\tnot a dynamic executable\n'), [])
})

test('mounts below a directory come innermost first, and its neighbours stay', () => {
  const mounts =
    'proc /cache/root/proc proc rw 0 0\nsysfs /cache/root/sys sysfs rw 0 0\nx /cache/root/proc/sys/y z rw 0 0\nproc /cache/root2/proc proc rw 0 0\n'
  assert.deepEqual(mountsBelow('/cache/root', mounts), ['/cache/root/proc/sys/y', '/cache/root/proc', '/cache/root/sys'])
})

test('the bounding set tells whether limits may be raised', () => {
  assert.equal(mayRaiseLimits('Name:\tnode\nCapBnd:\t000001fffeffffff\n'), false)
  assert.equal(mayRaiseLimits('Name:\tnode\nCapBnd:\t000001ffffffffff\n'), true)
  assert.equal(mayRaiseLimits(''), true)
})

test('a shim is known by its command line, and so is its container', () => {
  const shim = [
    '/usr/bin/containerd-shim-runc-v2',
    '-namespace',
    'moby',
    '-id',
    'abc',
    '-address',
    '/var/run/docker/containerd/containerd.sock',
  ]
  assert.equal(shimOf(shim), 'abc')
  assert.equal(shimOf(['/usr/bin/dockerd', '-id', 'abc']), undefined)
  assert.equal(shimOf([]), undefined)
})

test('only so many run at once, and of those that wait the highest goes first', async () => {
  const limit = limiter(1)
  const { signal } = new AbortController()
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  const run = (name: string, rank: number, until: Promise<void> = Promise.resolve()) =>
    limit(rank, signal, async () => {
      order.push(name)
      await until
    })
  const all = [run('first', 0, first.promise), run('low', 1), run('high', 3), run('middle', 2)]
  first.resolve()
  await Promise.all(all)
  assert.deepEqual(order, ['first', 'high', 'middle', 'low'])
})

test('a failure frees its place', async () => {
  const limit = limiter(1)
  const { signal } = new AbortController()
  await assert.rejects(
    limit(0, signal, () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.equal(await limit(0, signal, async () => 'next'), 'next')
})

test('durations are seconds, then minutes', () => {
  assert.equal(duration(9.44), '9.4 s')
  assert.equal(duration(187), '3 min 07 s')
})

test('no two recipes have the same name, so that none removes what the other makes', () => {
  const names = closure(allRecipes).map(({ name }) => name)
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
})

test('recipes of the standard releases have no version in their names, those of the second have', () => {
  assert.equal(kubernetes.commands.name, 'kubernetes')
  assert.equal(clusterApi.source.name, 'cluster-api-source')
  assert.equal(secondClusterApi.source.name, 'cluster-api-source-v1.14.2')
  assert.deepEqual(
    extras.nightly.needs.map(({ name }) => name).filter(name => !/-v?\d+\.\d+(\.\d+)?$/.test(name)),
    [],
  )
})

test('one foreign repository is laid out for the standard job, the others when something asks for them', () => {
  const standardKeys = new Set(closure(standard).map(recipe => keyOf(recipe)))
  const repositories = Object.entries(repositoryRecipes)
  assert.deepEqual(
    repositories.filter(([, recipe]) => standardKeys.has(keyOf(recipe))).map(([name]) => name),
    ['ipam-in-cluster'],
  )
  for (const [name] of repositories) assert.ok(Object.keys(extras).includes(`repository-${name}`), name)
})

test('what begins with #! is a script, which a clone could run', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'capi-actions-scripts-'))
  const written = async (name: string, text: string) => {
    await writeFile(join(directory.path, name), text)
    return isScript(join(directory.path, name))
  }
  assert.equal(await written('version.sh', '#!/usr/bin/env bash\n'), true)
  assert.equal(await written('README.md', '# Title\n'), false)
  assert.equal(await written('lib.rs', '#![no_std]\n'), false)
  assert.equal(await written('empty', ''), false)
})

test('the second release is not built for the standard job', () => {
  const standardKeys = new Set(closure(standard).map(recipe => keyOf(recipe)))
  assert.deepEqual(
    extras.nightly.needs.filter(recipe => standardKeys.has(keyOf(recipe))),
    [],
  )
})

test('Cluster API v1.14 is built with its tag, and core from a folder of its own', () => {
  const { commands, tags } = secondClusterApi.commands.inputs as {
    commands: Readonly<Record<string, readonly string[]>>
    tags: readonly string[]
  }
  assert.deepEqual([commands.core, tags], [['.', './core'], ['-tags=fieldsv1string']])
  assert.deepEqual(clusterApi.commands.inputs.tags, [])
})
