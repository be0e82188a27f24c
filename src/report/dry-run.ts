/** What a server-side dry run says, for people and for programs: what would come, what would change and in which fields, what would be refused. */
import type { Judged } from '../kube/dry-run.ts'
import { nameOf } from '../manifests/object.ts'
import type { JudgedPart } from '../plan/server-dry-run.ts'

const SIGNS = { created: '+', changed: '~', unchanged: '=', unknown: '?', refused: '✖' } as const

/** Fields that a line names. */
const SHOWN = 5

export function dryRunLines(parts: readonly JudgedPart[]): string[] {
  return parts.flatMap(({ name, judged }) => [
    `${name}: ${countsOf(judged)}`,
    ...judged.filter(({ verdict }) => verdict !== 'unchanged').map(one => `  ${SIGNS[one.verdict]} ${nameOf(one.object)}${reasonOf(one)}`),
  ])
}

function countsOf(judged: readonly Judged[]): string {
  const words = {
    created: 'would be created',
    changed: 'would change',
    unchanged: 'as they are',
    unknown: 'not known yet',
    refused: 'refused',
  }
  const counts = Object.entries(words).flatMap(([verdict, said]) => {
    const count = judged.filter(one => one.verdict === verdict).length
    return count === 0 ? [] : [`${count} ${said}`]
  })
  return counts.join(', ') || 'nothing'
}

function reasonOf(judged: Judged): string {
  if (judged.verdict === 'changed') {
    const more = judged.fields.length > SHOWN ? ` and ${judged.fields.length - SHOWN} more` : ''
    return `: ${judged.fields.slice(0, SHOWN).join(', ')}${more}`
  }
  return 'why' in judged ? `: ${judged.why}` : ''
}

/** As the output `plan` has it. */
export const dryRunObjects = (parts: readonly JudgedPart[]) =>
  parts.flatMap(({ name, judged }) =>
    judged.map(({ object, ...said }) => ({
      part: name,
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      name: object.metadata.name,
      ...said,
    })),
  )
