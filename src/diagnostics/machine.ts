/** What the container engine of this machine knows: output and journal of kind's nodes (and of CAPD's machines, which look the same), and the registry's log. */
import { engineName } from '../host/container-engine.ts'
import { exec } from '../host/exec.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Collection } from './collection.ts'

/** On every container that kind or CAPD makes; its value is the cluster's name. */
const CLUSTER_LABEL = 'io.x-k8s.kind.cluster'
const ROLE_LABEL = 'io.x-k8s.kind.role'
const LOAD_BALANCER = 'external-load-balancer'

const LINES = '5000'

/** Where there is no engine, all of it is left out. */
export async function collectFromMachine(registry: string, collection: Collection): Promise<void> {
  const refuses = (error: unknown) => error instanceof Failure
  const engine = await collection.attempt('logs of kind nodes and of the registry', signal => output(['version'], signal), refuses)
  if (engine === undefined) return
  const nodes = await collection.attempt('the list of kind nodes', listNodes)
  await Promise.all([...(nodes ?? []).map(node => collectNode(node, collection)), collectRegistry(registry, collection)])
}

interface NodeContainer {
  readonly name: string
  /** `running`, `exited`, … */
  readonly state: string
  readonly cluster: string
  readonly role: string
}

async function listNodes(signal: AbortSignal): Promise<readonly NodeContainer[]> {
  const format = ['{{.Names}}', '{{.State}}', `{{.Label "${CLUSTER_LABEL}"}}`, `{{.Label "${ROLE_LABEL}"}}`].join('\t')
  const lines = await output(['container', 'ls', '--all', '--filter', `label=${CLUSTER_LABEL}`, '--format', format], signal)
  return lines.map(line => {
    const [name = '', state = '', cluster = '', role = ''] = line.split('\t')
    return { name, state, cluster, role }
  })
}

async function collectNode({ name, state, cluster, role }: NodeContainer, collection: Collection): Promise<void> {
  const folder = ['kind-nodes', name]
  const log = keep([...folder, 'container.log'], `output of the container ${name} of cluster ${cluster}`, logsOf(name), collection)
  if (role === LOAD_BALANCER) return log
  const journal = `journal of kubelet and containerd in ${name}`
  if (state !== 'running') collection.leaveOut(journal, `the container is ${state}`)
  else {
    const read = ['exec', name, 'journalctl', '--no-pager', '--lines', LINES, '--unit', 'kubelet', '--unit', 'containerd']
    await keep([...folder, 'journal.log'], journal, read, collection)
  }
  await log
}

const collectRegistry = (name: string, collection: Collection): Promise<void> =>
  keep(['registry.log'], `log of the registry container ${name}`, logsOf(name), collection)

const logsOf = (container: string): string[] => ['container', 'logs', '--timestamps', '--tail', LINES, container]

async function keep(file: readonly string[], holds: string, args: readonly string[], collection: Collection): Promise<void> {
  const lines = await collection.attempt(holds, signal => output(args, signal), isNotThere)
  if (lines?.length === 0) collection.leaveOut(holds, 'it is empty')
  else if (lines !== undefined) await collection.write(file, holds, lines.map(line => `${line}\n`).join(''))
}

const isNotThere = (error: unknown): boolean => /no such container/i.test(messageOf(error))

/** The lines of a command of the engine, of both its outputs in the order in which they came. */
async function output(args: readonly string[], signal: AbortSignal): Promise<string[]> {
  const lines: string[] = []
  await exec(engineName(), args, { signal, log: line => lines.push(line), waiting: () => {} }, { echo: true })
  return lines
}
