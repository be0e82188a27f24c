import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { saidInVain } from '../../../src/providers/said-in-vain.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { refusal } from '../refusal.ts'

const run = { names: ['core', 'docker', 'foo'], built: ['core', 'docker', 'foo'], released: ['aws'], registryPort: 5000 }

async function settingsOf(text: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'settings-'))
  try {
    await writeFile(join(cwd, 'tilt-settings.yaml'), text)
    return await loadSettings({ given: {}, env: {}, cwd })
  } finally {
    await rm(cwd, { recursive: true })
  }
}

test('a provider whose name is nearly right in extra_args, debug, template_dirs or provider-config is an error', async () => {
  for (const [field, said] of [
    ['extra_args', 'extra_args: {dokcer: [--v=5]}'],
    ['debug', 'debug: {dokcer: {port: 30000}}'],
    ['template_dirs', 'template_dirs: {dokcer: [templates]}'],
    ['provider-config', 'actions: {provider-config: {dokcer: {wait: none}}}'],
  ]) {
    const settings = await settingsOf(said ?? '')
    const { what, remedy, where } = refusal(() => saidInVain(settings, run))
    assert.deepEqual([what, remedy], [`${field} names provider dokcer, which is unknown`, 'did you mean docker?'])
    assert.match(where.join(), /^tilt-settings\.yaml:1:\d+$/)
  }
})

test('what is said of a provider that nobody knows here is passed over as in Tilt, and that is said', async () => {
  const settings = await settingsOf('extra_args:\n  in-memory: [--v=5]\n  core: [--v=5]\n  azure: [--v=5]\ndebug:\n  aws: {port: 30000}\n')
  assert.deepEqual(saidInVain(settings, run), [
    'extra_args.in-memory has no effect: no provider of this name is known (tilt-settings.yaml:1:1)',
    'debug.aws has no effect: aws is deployed as its release, not built (tilt-settings.yaml:5:1)',
  ])
})

test('a short name is near others by chance: it is no error', async () => {
  const settings = await settingsOf('extra_args: {fop: [--v=5], k3s: [--v=5]}')
  assert.deepEqual(saidInVain(settings, run), [
    'extra_args.fop has no effect: no provider of this name is known (tilt-settings.yaml:1:1)',
    'extra_args.k3s has no effect: no provider of this name is known (tilt-settings.yaml:1:1)',
  ])
})

test('ports of debuggers that collide, with each other or with the registry, are pointed out', async () => {
  const settings = await settingsOf(
    'debug:\n  core: {port: 30000, metrics_port: 5000}\n  docker: {profiler_port: 30000}\n  azure: {port: 30000}\n',
  )
  assert.deepEqual(saidInVain(settings, run), [
    'the local registry and debug.core.metrics_port have one port, 5000: only one at a time can be reached there, give each its own (tilt-settings.yaml:1:1)',
    'debug.core.port and debug.docker.profiler_port have one port, 30000: only one at a time can be reached there, give each its own (tilt-settings.yaml:1:1)',
  ])
  const apart = await settingsOf('debug:\n  core: {port: 30000, metrics_port: 0}\n  docker: {port: 30001, metrics_port: 0}\n')
  assert.deepEqual(saidInVain(apart, run), [])
})

test('what provider-config says of a release beside its wait and its variables has no effect, and that is said', async () => {
  const settings = await settingsOf(
    'actions: {provider-config: {aws: {wait: started, substitutions: {A: b}, command: make, kustomize_folder: config}, docker: {command: make}}}',
  )
  assert.deepEqual(saidInVain(settings, run), [
    '`command`, `kustomize-folder` of provider-config.aws have no effect: aws is deployed as its release (tilt-settings.yaml:1:11)',
  ])
})
