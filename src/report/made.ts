/** What stands after a run that went well, in a few lines for people. */
import type { Reach } from '../components/observability.ts'
import type { Unfinished } from '../run/up.ts'
import type { Settings } from '../settings/settings.ts'

export function whatWasMade(made: Unfinished, settings: Settings): string[] {
  const { providers = [], observability = [], addOns = [], projects = [] } = made
  const versions = [...new Set(providers.map(({ version }) => version))]
  const isMixed = new Set(providers.map(({ source }) => source)).size > 1
  const names = providers
    .map(({ name, version, source }) => `${name}${versions.length === 1 ? '' : ` ${version}`}${isMixed ? ` (${source})` : ''}`)
    .join(', ')
  return [
    ...(made.context === undefined ? [] : [`management cluster: ${made.context}`]),
    ...(providers.length === 0 ? [] : [`providers: ${names}${versions.length === 1 ? ` ${versions[0]}` : ''}`]),
    ...providers.flatMap(({ name, ports = [] }) =>
      ports.map(({ what, command, address }) => `${what} of ${name}: ${command}, then ${address}`),
    ),
    ...(addOns.length === 0 ? [] : [`add-ons: ${addOns.map(({ name }) => name).join(', ')}`]),
    ...[...observability, ...projects].map(({ name, reach }) => `${name}${reach === undefined ? ' is ready' : `: ${howToReach(reach)}`}`),
    ...(made.registry === undefined ? [] : [`image registry: ${made.registry}`]),
    ...settings.workloads
      .filter(({ name }) => made.workloadKubeconfigs?.[name] !== undefined)
      .map(({ name, namespace }) => `workload cluster: ${namespace}/${name}, Available`),
    ...(made.serviceAccount === undefined
      ? []
      : [`ServiceAccount: ${settings.serviceAccountNamespace}/${settings.serviceAccount}, until ${made.serviceAccount.expires}`]),
  ]
}

const howToReach = ({ command, page }: Reach): string => `${command}${page === undefined ? '' : `, then ${page}`}`
