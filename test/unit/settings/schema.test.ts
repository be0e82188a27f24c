/** The schema by which editors check a tilt-settings file says what we say. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as z from 'zod'
import { tiltSettingsSchema } from '../../../scripts/tilt-settings.ts'
import { fieldOf, inputs, tiltFields } from '../../../src/settings/fields.ts'
import { parseTiltSettings } from '../../../src/settings/tilt-settings.ts'

const schema = JSON.parse(tiltSettingsSchema())
let check: z.ZodType
before(() => {
  check = z.fromJSONSchema(schema)
})

/** Whether the schema, and we ourselves, take a file of this content. */
function taken(settings: Record<string, unknown>): { readonly schema: boolean; readonly names: boolean } {
  const { problems } = parseTiltSettings(JSON.stringify(settings), 'tilt-settings.json', '/')
  return { schema: check.safeParse(settings).success, names: problems.length === 0 }
}

test('every field of the file and every input is in the schema, with a sentence', () => {
  for (const name of tiltFields.keys()) assert.match(schema.properties[name]?.description ?? '', /\.( \(default: .*\))?$/, name)
  assert.deepEqual(Object.keys(schema.properties.actions.properties), [...inputs.keys()])
  for (const [name, key] of inputs) assert.ok(schema.properties.actions.properties[name].description.startsWith(fieldOf(key).docs), name)
})

test('a file with every field is taken', () =>
  assert.deepEqual(
    taken({
      $schema: './tilt-settings.schema.json',
      allowed_contexts: ['prod'],
      default_registry: 'GCR.io/me/',
      build_engine: 'podman',
      kind_cluster_name: 'all',
      provider_repos: ['../cluster-api-provider-aws'],
      enable_providers: ['docker'],
      enable_core_provider: true,
      preload_images: false,
      template_dirs: { docker: ['./templates'] },
      kustomize_substitutions: { CLUSTER_TOPOLOGY: 'true' },
      deploy_observability: ['loki'],
      additional_kustomizations: { extra: './extra' },
      debug: { core: { continue: false, port: 30000, profiler_port: 40000, metrics_port: 40001, race_detector: true } },
      deploy_cert_manager: false,
      trigger_mode: 'manual',
      extra_args: { core: ['--v=4'] },
      kustomize_config: true,
      actions: { timeout: '3m', providers: 'core docker', 'registry-port': 5001, 'clean-up': 'false' },
    }),
    { schema: true, names: true },
  ))

for (const [name, settings] of Object.entries<Record<string, unknown>>({
  'a field that is none': { enable_provider: ['docker'] },
  'an input that is none': { actions: { 'kubernets-version': 'v1.34.4' } },
  'nothing for a field': { debug: null },
}))
  test(`${name} is refused by the schema as by us`, () => assert.deepEqual(taken(settings), { schema: false, names: false }))

test('values of the wrong type are refused by the schema', () => {
  for (const settings of [
    { kustomize_substitutions: { A: true } },
    { debug: { core: { port: '30000' } } },
    { debug: { core: { prt: 1 } } },
    { extra_args: { core: '--v=4' } },
    { build_engine: 'nerdctl' },
  ])
    assert.equal(taken(settings).schema, false, JSON.stringify(settings))
})
