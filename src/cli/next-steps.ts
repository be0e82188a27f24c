/** What a finished `up` says: what stands now, how to use it, how to remove it, as commands to copy. */
import { basename, relative } from 'node:path'
import { ENGINE_VARIABLE, engineName } from '../host/container-engine.ts'
import { forwardsOf } from '../run/port-forwards.ts'
import type { UpResult } from '../run/up.ts'
import type { Settings } from '../settings/settings.ts'

/** How this command was called, so that what is shown works when it is typed. */
export function ownName(argv: readonly string[], env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const file = argv[1] ?? 'capi-actions'
  if (env.npm_command === 'exec') return 'npx capi-actions'
  return basename(file) === 'capi-actions' ? 'capi-actions' : `node ${quoted(relative(cwd, file) || file)}`
}

/** Flags that lead `down` to the same state. */
export function sameState({ sources, clusterName, stateDir }: Settings): string[] {
  if (sources.stateDir.kind !== 'default') return ['--state-dir', stateDir]
  return sources.clusterName.kind === 'default' ? [] : ['--cluster-name', clusterName]
}

export const downCommand = (settings: Settings, own: string): string => onSameState('down', settings, own)

const onSameState = (command: string, settings: Settings, own: string): string =>
  [own, command, ...sameState(settings).map(quoted)].join(' ')

/** Nothing where there is nothing to forward. */
function forwardHint(made: UpResult, settings: Settings, own: string): string[] {
  const names = [...new Set(forwardsOf(made).map(({ name }) => name))]
  return names.length === 0 ? [] : [`${onSameState('port-forward', settings, own)}    # ${names.join(', ')} on this machine, until Ctrl-C`]
}

export function howToUse(made: UpResult, settings: Settings, own: string): string[] {
  const workloads = settings.workloads.flatMap(({ name, namespace }) => {
    const file = made.workloadKubeconfigs[name]
    if (file === undefined) return []
    return [`clusterctl describe cluster ${quoted(name)} -n ${quoted(namespace)}`, `# kubeconfig of the workload cluster: ${file}`]
  })
  return [
    ...(made.toolFolders.length === 0 ? [] : [`export PATH=${made.toolFolders.map(quoted).join(':')}:$PATH`]),
    `export KUBECONFIG=${quoted(made.kubeconfig)}`,
    ...(engineName() === 'docker' ? [] : [`export ${ENGINE_VARIABLE}=${engineName()}    # for kind`]),
    'kubectl get pods -A',
    ...(made.serviceAccount === undefined ? [] : [`# kubeconfig of the ServiceAccount: ${made.serviceAccount.kubeconfig}`]),
    ...workloads,
    ...forwardHint(made, settings, own),
    `${downCommand(settings, own)}    # removes all of it`,
  ]
}

/** A word as a POSIX shell takes it. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)
