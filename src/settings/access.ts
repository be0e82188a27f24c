/** What is said of the ServiceAccount that later steps go on with, judged together. Pure. */
import { join } from 'node:path'
import type { FieldKey, FieldValues } from './fields.ts'
import type { Problem } from './said.ts'
import type { Source } from './source.ts'

/** The shortest that the API server gives (TokenRequest, `expirationSeconds`). */
const SHORTEST = 600

export function accessProblems(values: Partial<FieldValues>, from: Partial<Record<FieldKey, Source>>): Problem[] {
  const { serviceAccount, serviceAccountRules: rules, serviceAccountExpiry: expiry } = values
  const whereOf = (key: FieldKey) => from[key]?.where ?? 'default'
  const said = (key: FieldKey) => from[key] !== undefined && from[key].kind !== 'default'
  if (serviceAccount === undefined) {
    const [vain] = (['serviceAccountRules', 'serviceAccountNamespace', 'serviceAccountExpiry'] as const).filter(said)
    return vain === undefined || said('serviceAccount') || from[vain]?.kind === 'environment'
      ? []
      : [{ text: `${names[vain]} has no effect: set service-account`, where: whereOf(vain) }]
  }
  return [
    ...(rules?.length === 0
      ? [{ text: 'service-account is set, but service-account-rules does not say what it may do', where: whereOf('serviceAccount') }]
      : []),
    ...(expiry !== undefined && expiry < SHORTEST
      ? [{ text: 'service-account-expiry is shorter than 10m, the shortest that Kubernetes gives', where: whereOf('serviceAccountExpiry') }]
      : []),
  ]
}

const names = {
  serviceAccountRules: 'service-account-rules',
  serviceAccountNamespace: 'service-account-namespace',
  serviceAccountExpiry: 'service-account-expiry',
} as const

/** File of its kubeconfig. */
export const serviceAccountFile = ({ stateDir }: { readonly stateDir: string }): string => join(stateDir, 'service-account.kubeconfig')
