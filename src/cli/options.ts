/** Command-line flags from the fields of settings: one flag per input, of the same name, grouped in `--help` as the reference is. */
import { type Command, Option } from 'commander'
import { environmentOf, groups, groupTitles, nameOf, shownDefault } from '../settings/field.ts'
import { type FieldKey, fieldKeys, fieldOf } from '../settings/fields.ts'

const everyField = fieldKeys.filter(key => fieldOf(key).input === undefined)

/** Adds the flags of `keys` (default: of every field that has an input) to `command`. */
export function addFlags(command: Command, keys: readonly FieldKey[] = everyField): Command {
  for (const group of groups) {
    for (const key of keys.filter(one => fieldOf(one).group === group)) command.addOption(flagOf(key).helpGroup(`${groupTitles[group]}:`))
  }
  return command
}

function flagOf(key: FieldKey): Option {
  const field = fieldOf(key)
  // What an expression of a workflow would say means nothing here.
  const shown = field.actionDefault === undefined ? shownDefault(field) : undefined
  const hints = [
    ...(shown === undefined ? [] : [`default: ${shown}`]),
    ...environmentOf(key, field)
      .slice(1)
      .map(name => `or $${name}`),
  ]
  const docs = `${field.docs}${hints.length === 0 ? '' : ` (${hints.join(', ')})`}`.replaceAll('`', '')
  const option = new Option(`--${nameOf(key)} <${placeholder(field.kind.type)}>`, docs)
  // Lists and mappings may be given several times: each adds lines.
  return option.argParser((text: string, before: string | undefined) => (before === undefined ? text : `${before}\n${text}`))
}

const placeholder = (type: string): string => {
  if (type.startsWith('lines')) return type.replace(/^lines `(.*)`$/, '$1')
  return type.startsWith('list of')
    ? 'list'
    : type
        .replaceAll('`', '')
        .replace(' or ', '|')
        .replace(/,? .*$/, '')
}

/** What was given on the command line, by names of inputs. */
export function givenOn(command: Command): Record<string, string> {
  const options = command.opts<Record<string, unknown>>()
  return Object.fromEntries(
    everyField.flatMap(key => {
      const value = options[key]
      return typeof value === 'string' ? [[nameOf(key), value]] : []
    }),
  )
}
