/** In the checkout of a provider, with nothing but its own files: what Tilt's settings say of it counts. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { planOf } from '../../../src/run/up.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { quietWork } from '../kube/fake-api-server.ts'

const files = {
  'go.mod': 'module example.org/cluster-api-provider-foo\ngo 1.25\nrequire sigs.k8s.io/cluster-api v1.13.4\n',
  'main.go': 'package main\nfunc main() {}\n',
  'config/default/kustomization.yaml': 'resources: []\n',
  'tilt-provider.yaml': 'name: foo\nconfig: {image: ghcr.io/org/foo, label: CAPF}\n',
  'flavors/cluster-template-small.yaml': 'apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: "${CLUSTER_NAME}"}\n',
  'tilt-settings.yaml': 'template_dirs:\n  foo: [./flavors]\n  aws: [./nowhere]\n',
}

async function inCheckout<T>(more: Readonly<Record<string, string>>, use: (cwd: string) => Promise<T>): Promise<T> {
  const cwd = await mkdtemp(join(tmpdir(), 'own-'))
  try {
    for (const [path, text] of Object.entries({ ...files, ...more })) {
      await mkdir(join(cwd, dirname(path)), { recursive: true })
      await writeFile(join(cwd, path), text)
    }
    return await use(cwd)
  } finally {
    await rm(cwd, { recursive: true })
  }
}

const planIn = async (cwd: string, given: Readonly<Record<string, string>> = {}) =>
  planOf(await loadSettings({ given, env: { HOME: cwd }, cwd }), new AbortController().signal)

test('its template_dirs count where nobody says providers', () =>
  inCheckout({}, async cwd => {
    const { workloads } = await planIn(cwd, { 'workload-template': 'small' })
    assert.deepEqual(
      workloads.map(({ name }) => name),
      ['demo'],
    )
  }))

test('a provider whose kustomize_options have helm render charts brings helm, unless they name one', async () => {
  const needsOf = (options: string) =>
    inCheckout(
      { 'tilt-provider.yaml': `name: foo\nconfig: {image: ghcr.io/org/foo, label: CAPF, kustomize_options: [${options}]}\n` },
      async cwd => {
        const { tasks } = await planIn(cwd)
        return tasks.find(({ name }) => name === 'kustomize foo')?.needs.map(({ name }) => name)
      },
    )
  assert.deepEqual(await needsOf('--enable-helm'), ['tool kustomize', 'tool helm'])
  assert.deepEqual(await needsOf('--enable-helm, --helm-command=/opt/helm'), ['tool kustomize'])
  assert.deepEqual(await needsOf('--load-restrictor=LoadRestrictionsNone'), ['tool kustomize'])
})

test('what stands beside a provider is applied as in Tilt where its own manifests are not', () =>
  inCheckout(
    {
      'tilt-provider.yaml':
        'name: foo\nconfig: {image: ghcr.io/org/foo, label: CAPF, apply_provider_yaml: false, additional_resources: [ext.yaml], additional_uncategorized_resources: [crds.yaml], resource_deps: [capi_controller]}\n',
      'ext.yaml': '',
      'crds.yaml': '',
    },
    async cwd => {
      const { tasks } = await planIn(cwd)
      const names = tasks.map(({ name }) => name)
      const places = ['resources before foo', 'ready core', 'resources foo'].map(name => names.indexOf(name))
      assert.ok(places.every(place => place >= 0))
      assert.equal(places.at(-1), Math.max(...places))
      assert.ok(names.includes('image foo') && !names.includes('deploy foo'))
    },
  ))

test('a version that is none is said, with what is taken in its place', () =>
  inCheckout(
    {
      'tilt-provider.yaml': 'name: foo\nconfig: {image: ghcr.io/org/foo, label: CAPF, version: latest}\n',
      'metadata.yaml': 'releaseSeries:\n- {major: 1, minor: 2, contract: v1beta2}\n',
    },
    async cwd => {
      const { notices } = await planIn(cwd)
      assert.deepEqual(
        notices.map(notice => notice.replaceAll(`${cwd}/`, '')),
        ['provider foo: version is latest, which is none: it is v1.2.0 to clusterctl (tilt-provider.yaml:1:1)'],
      )
    },
  ))

test('what before-render writes is there when kustomize looks', () =>
  inCheckout({ 'config/default/kustomization.yaml': 'resources: [made.yaml]\n' }, async cwd => {
    const kustomize = join(cwd, 'kustomize')
    await writeFile(kustomize, '#!/bin/sh\nfor last; do :; done\ncat "$last/made.yaml"\n', { mode: 0o755 })
    const { tasks } = await planIn(cwd, { 'provider-config': 'foo: {before-render: "echo made: here > config/default/made.yaml"}' })
    const rendering = tasks.find(({ name }) => name === 'kustomize foo') ?? assert.fail('nothing is rendered')
    const work = { ...quietWork(), of: () => ({ path: kustomize }) as never, notice: () => {}, unchanged: () => {} }
    assert.equal(await rendering.run(work), 'made: here\n')
  }))

test('variables without value and default are an error, unless they are to be nothing, as in Tilt', () =>
  inCheckout({}, async cwd => {
    const judged = async (given: Readonly<Record<string, string>>) => {
      const { tasks } = await planIn(cwd, { providers: 'foo', 'enable-core-provider': 'false', ...given })
      const judging = tasks.find(({ name }) => name === 'variables from source') ?? assert.fail('nothing is judged')
      const text = 'a: ${FOO_TOKEN}\nb: ${FOO_REGION}\nc: ${FOO_MODE:=x}\n'
      return judging.run({ ...quietWork(), of: () => text as never, notice: () => {}, unchanged: () => {} })
    }
    await assert.rejects(judged({}), /2 variables are not set: FOO_REGION, FOO_TOKEN/)
    await judged({ substitutions: 'FOO_TOKEN=a\nFOO_REGION=b' })
    await judged({ 'unset-variables': 'empty' })
  }))
