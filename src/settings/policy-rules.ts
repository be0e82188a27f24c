/** Rules of a Role as users say them: lines `verbs resources`, or YAML as in a Role. */
import * as z from 'zod/mini'
import { messageOf } from '../host/failure.ts'
import { parseYaml } from '../manifests/yaml.ts'
import type { Kind } from './kinds.ts'
import { object } from './kinds.ts'

export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[] | undefined
  readonly verbs: readonly string[]
}

/** A Role knows no others (Kubernetes, "Using RBAC authorization"); `bind`, `escalate` and `impersonate` would be ways to be somebody else. */
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', '*']

const words = z.array(z.string('must be text: put it in quotes'), 'must be a list').check(z.minLength(1, 'must not be empty'))
const form = 'must be lines such as get,list,watch clusters.cluster.x-k8s.io,pods, or a YAML list of rules'

const rule = object({
  apiGroups: z.array(z.string('must be text: put it in quotes'), 'must be a list'),
  resources: words,
  resourceNames: z.optional(words),
  verbs: z.array(z.enum(VERBS, `must be one of ${VERBS.join(', ')}`), 'must be a list').check(z.minLength(1, 'must not be empty')),
})

export const policyRules = (): Kind<readonly PolicyRule[]> => ({
  type: 'rules',
  schema: z.array(rule, form),
  fromText: said => (/^\s*[-[]/.test(said) ? fromYaml(said) : fromLines(said)),
})

function fromYaml(said: string): unknown {
  try {
    return parseYaml(said, 'service-account-rules').value
  } catch (error) {
    return messageOf(error)
  }
}

/** One rule for each API group of a line. Text that is no such lines goes through as it is. */
function fromLines(said: string): unknown {
  const lines = said
    .split(/\r?\n/)
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '')
  const rules = lines.map(line => {
    const [, verbs = '', resources = ''] = /^([a-z*]+(?:\s*,\s*[a-z*]+)*)\s+(\S+(?:\s*,\s*\S+)*)$/.exec(line) ?? []
    return verbs === '' ? undefined : ruleOf(list(verbs), list(resources))
  })
  return rules.includes(undefined) ? said : rules.flat()
}

const list = (said: string): string[] =>
  said
    .split(/[\s,]+/)
    .filter(word => word !== '')
    .map(word => word.trim())

/** `deployments/scale.apps` is the subresource `scale` of `deployments` in the group `apps`; `pods` is in the core group. */
function ruleOf(verbs: readonly string[], resources: readonly string[]): PolicyRule[] {
  const named = resources.map(resource => {
    const dot = resource.indexOf('.')
    return dot === -1 ? { group: '', name: resource } : { group: resource.slice(dot + 1), name: resource.slice(0, dot) }
  })
  return [...Map.groupBy(named, ({ group }) => group)].map(([group, members]) => ({
    apiGroups: [group],
    resources: members.map(({ name }) => name),
    verbs: [...verbs],
  }))
}
