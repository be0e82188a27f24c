/** What stands after a run that went well, in a few lines for people. */
import type { UpResult } from '../run/up.ts'
import type { Settings } from '../settings/settings.ts'

export function whatWasMade(made: UpResult, settings: Settings): string[] {
  const versions = [...new Set(made.providers.map(({ version }) => version))]
  const names = made.providers.map(({ name, version }) => (versions.length === 1 ? name : `${name} ${version}`)).join(', ')
  return [
    `management cluster: ${made.context}`,
    `providers: ${names}${versions.length === 1 ? ` ${versions[0]}` : ''}`,
    `image registry: ${made.registry}`,
    ...(made.workloadKubeconfig === undefined
      ? []
      : [`workload cluster: ${settings.workloadNamespace}/${settings.workloadName}, Available`]),
  ]
}
