/**
 * Substitution is that of drone/envsubst, and variables are found as clusterctl finds them. The reference is the real code: the library at
 * the version that tilt-prepare and clusterctl pin, and clusterctl's own yamlprocessor package (see reference/main.go).
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Failure } from '../../src/host/failure.ts'
import { BadSubstitution, parseTemplate } from '../../src/manifests/envsubst.ts'
import { expand } from '../../src/manifests/expand.ts'
import { substitute, variablesOf } from '../../src/manifests/substitute.ts'
import { type Answer, askReference } from './reference.ts'
import { picked } from './substitution-cases.ts'
import { generateTexts, values } from './substitution-generator.ts'

const generated = generateTexts(2000, 20210730)

for (const { kind, texts, least } of [
  { kind: 'hand-picked', texts: picked, least: 80 },
  { kind: 'generated', texts: generated, least: 300 },
]) {
  test(`${kind} texts expand to the bytes that drone/envsubst makes, or are refused by both`, async () => {
    assert.ok(new Set(texts).size >= least)
    const theirs = await askReference(texts.map(text => ({ ask: 'expand', text, values })))
    assert.deepEqual(differences(texts, theirs.map(bytes), expanded), [])
    // Neither outcome may be a rare one, or the comparison says little.
    const refused = theirs.filter(answer => answer.error !== undefined).length
    assert.ok(refused > texts.length / 10 && refused < texts.length / 2, `${refused} of ${texts.length} are refused`)
  })

  test(`in ${kind} texts, clusterctl finds the same variables with the same defaults`, async () => {
    const theirs = await askReference(texts.map(text => ({ ask: 'variables', text })))
    assert.deepEqual(differences(texts, theirs.map(variables), defaults), [])
  })

  test(`${kind} texts are processed as by clusterctl: the same missing variables, the same result`, async () => {
    const theirs = await askReference(texts.map(text => ({ ask: 'process', text, values })))
    assert.deepEqual(
      differences(texts, theirs.map(processed), text => missingOrText(text)),
      [],
    )
  })
}

/** What went wrong is told in other words here than there, so it is compared as this. */
const REFUSED = 'refused'

interface Difference {
  readonly text: string
  readonly theirs: unknown
  readonly ours: unknown
}

function differences(texts: readonly string[], theirs: readonly unknown[], answer: (text: string) => unknown): Difference[] {
  return texts
    .map((text, index) => ({ text, theirs: theirs[index], ours: answer(text) }))
    .filter(({ theirs, ours }) => JSON.stringify(theirs) !== JSON.stringify(ours))
}

const valueFor = (name: string): string => (Object.hasOwn(values, name) ? (values[name] ?? '') : '')

const bytes = (answer: Answer): string => (answer.error === undefined ? (answer.output ?? '') : REFUSED)

function expanded(text: string): string {
  try {
    return expand(parseTemplate(text), valueFor).toString('base64')
  } catch (error) {
    assert.ok(error instanceof BadSubstitution)
    return REFUSED
  }
}

const variables = (answer: Answer): unknown => (answer.error === undefined ? sorted(Object.entries(answer.variables ?? {})) : REFUSED)

function defaults(text: string): unknown {
  try {
    return sorted(variablesOf(text, { file: 'text', trimNames: true }).map(({ name, default: text }) => [name, text ?? null]))
  } catch (error) {
    assert.ok(error instanceof Failure)
    return REFUSED
  }
}

const sorted = <T extends readonly [string, unknown] | (string | null)[]>(entries: readonly T[]): T[] =>
  entries.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))

/** The names that clusterctl misses, its text, or a refusal; text that is no UTF-8 any more is refused here. */
function processed(answer: Answer): unknown {
  const missing = /^value for variables \[(.*)\] is not set/.exec(answer.error ?? '')
  if (missing !== null) return { missing: missing[1]?.split(', ').toSorted() }
  if (answer.error !== undefined) return REFUSED
  const output = Buffer.from(answer.output ?? '', 'base64')
  return output.equals(Buffer.from(output.toString())) ? output.toString() : REFUSED
}

function missingOrText(text: string): unknown {
  try {
    return substitute(text, values, { file: 'text', trimNames: true, unset: 'error' })
  } catch (error) {
    assert.ok(error instanceof Failure)
    const names = error.details.flatMap(line => /^(\S+): required/.exec(line)?.[1] ?? [])
    return names.length === 0 ? REFUSED : { missing: names.toSorted() }
  }
}
