/** What is made of the fields of tilt-provider: the schema that editors check such a file by. */

import { fieldsIn, ownFields, type ProviderField, tiltConfigFields, tiltNameOf } from '../src/providers/provider-fields.ts'
import { nameOf, shownDefault } from '../src/settings/field.ts'
import { DRAFT, plain, type Schema } from './tilt-settings.ts'

/** `docs/tilt-provider.schema.json`: one provider, or a list of them. */
export function tiltProviderSchema(): string {
  const provider = {
    type: 'object',
    properties: {
      name: { description: 'What settings call the provider.', type: 'string' },
      config: {
        description: 'What Tilt reads.',
        type: 'object',
        properties: propertiesOf(tiltConfigFields, tiltNameOf),
        additionalProperties: false,
      },
      actions: {
        description: 'What Tilt has no field for; the fields of config, too, go before those.',
        type: 'object',
        properties: { ...propertiesOf(tiltConfigFields, nameOf), ...propertiesOf(ownFields, nameOf) },
        additionalProperties: false,
      },
    },
    required: ['name', 'config'],
    additionalProperties: false,
  }
  const schema = {
    $schema: DRAFT,
    title: 'tilt-provider of a Cluster API provider, and what capi-actions adds',
    definitions: { provider },
    anyOf: [{ $ref: '#/definitions/provider' }, { type: 'array', items: { $ref: '#/definitions/provider' } }],
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

const propertiesOf = (fields: Readonly<Record<string, ProviderField>>, named: (key: string) => string): Schema =>
  Object.fromEntries(fieldsIn(fields).map(([key, field]) => [named(key), { description: sentenceOf(field), ...plain(field.kind.schema) }]))

function sentenceOf(field: ProviderField): string {
  const shown = shownDefault(field)
  return shown === undefined ? field.docs : `${field.docs} (default: ${shown.replaceAll('`', '')})`
}
