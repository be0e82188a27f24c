/** What a manager needs to be looked into: the edits that tilt-prepare makes for an entry under `debug`, and where its ports are reached from outside. Pure. */
import { type Container, editContainers, isMapping, type Select, setIn } from './edits.ts'
import type { KubeObject } from './object.ts'
import { kubectlCommand, type Way } from './way.ts'

/** An entry under `debug`, with Tilt's defaults. Ports are those of this machine; nothing where one is not asked for. */
export interface Debugging {
  /** Whether the image has Delve, under which the manager then runs, as Tilt has it for any entry. */
  readonly delve: boolean
  /** Whether the manager runs before a debugger is attached. */
  readonly continue: boolean
  readonly port: number | undefined
  readonly profilerPort: number | undefined
  readonly metricsPort: number | undefined
}

/** Where the image has Delve. */
export const DEBUGGER = '/dlv'

/** In the container, whatever the ports of this machine are. */
const LISTENS_AT = { debugger: 30000, profiler: 6060, metrics: 8080 } as const

/**
 * Under the debugger where the image has it, which listens where there is a port for it; one that stops at a breakpoint must lose neither its lease nor its life: no leader election, no probes, no limits.
 * @param binary Where the image has the manager.
 */
export function debugManager(object: KubeObject, select: Select, debugging: Debugging, binary: string): KubeObject {
  const edited = editContainers(object, select, container => debugged(container, debugging, binary))
  if (edited === object) return object
  return setIn(edited, ['spec', 'template', 'metadata', 'annotations'], annotations => ({
    ...(isMapping(annotations) ? annotations : {}),
    'parca.dev/port': '8443',
  }))
}

function debugged(container: Container, debugging: Debugging, binary: string): Container {
  const { livenessProbe: _live, readinessProbe: _ready, resources: _resources, command, ...kept } = container
  const profiler = debugging.profilerPort === undefined ? [] : [`--profiler-address=:${LISTENS_AT.profiler}`]
  return {
    ...kept,
    ...(debugging.delve ? { command: underDebugger(debugging, binary) } : command === undefined ? {} : { command }),
    args: [...(container.args ?? []).map(withoutElection), ...profiler],
  }
}

const underDebugger = (debugging: Debugging, binary: string): string[] => [
  DEBUGGER,
  '--accept-multiclient',
  '--api-version=2',
  '--headless=true',
  'exec',
  ...(debugging.port === undefined ? [] : [`--listen=:${LISTENS_AT.debugger}`]),
  ...(debugging.continue ? ['--continue'] : []),
  '--',
  binary,
]

/** It is on by default in some managers: taken out, the flag would say nothing (kubernetes-sigs/cluster-api#9315). */
const withoutElection = (argument: string): string => (/^--leader-elect(=true)?$/.test(argument) ? '--leader-elect=false' : argument)

/** A port of a manager, and what brings it to this machine. */
export interface PortHint {
  readonly what: 'debugger' | 'profiler' | 'metrics'
  readonly way: Way
  readonly command: string
  /** What to open, or attach to. */
  readonly address: string
}

/** @param deployment With its namespace. */
export function portHints(
  { metadata: { namespace = 'default', name } }: KubeObject,
  { port, profilerPort, metricsPort }: Debugging,
): PortHint[] {
  const hint = (what: PortHint['what'], local: number | undefined, address: string): PortHint[] => {
    if (local === undefined) return []
    const way: Way = { kind: 'Deployment', namespace, name, local, port: LISTENS_AT[what] }
    return [{ what, way, address, command: kubectlCommand(way) }]
  }
  return [
    ...hint('debugger', port, `localhost:${port}`),
    ...hint('profiler', profilerPort, `http://localhost:${profilerPort}/debug/pprof`),
    ...hint('metrics', metricsPort, `http://localhost:${metricsPort}/metrics`),
  ]
}
