import type { EngineName } from './container-engine.ts'

/** What every function with effects is given by the task that calls it: a way to be stopped, and two ways to be seen. */
export interface Work {
  readonly signal: AbortSignal
  /** One line of output, kept in the log. */
  readonly log: (line: string) => void
  /** What is being waited for right now, a short phrase that is shown beside the running task (`2 of 3, waiting for …`). */
  readonly waiting: (phrase: string) => void
}

/** Where containers and networks are; one that says nothing is in docker. */
interface InEngine {
  readonly engine?: EngineName
}

/** Something a run is about to make on this machine, recorded before it is made so that clean-up can find it. */
export type Made =
  | ({ readonly kind: 'kind cluster'; readonly name: string; readonly kubeconfig: string } & InEngine)
  | ({ readonly kind: 'container'; readonly name: string } & InEngine)
  | ({ readonly kind: 'network'; readonly name: string } & InEngine)
  /** A name in the engine's store, by a tag that is nobody else's. */
  | ({ readonly kind: 'image'; readonly name: string } & InEngine)
  /** Of a container that is not ours to a network. */
  | ({ readonly kind: 'connection'; readonly network: string; readonly container: string } & InEngine)
  /** In a kubeconfig, of a cluster that is not ours; cluster and user have the same name. */
  | { readonly kind: 'context'; readonly kubeconfig: string; readonly name: string }
  /** With the containers that controllers of its management cluster make on our behalf (CAPD machines), found by kind's cluster label. */
  | ({
      readonly kind: 'workload cluster'
      readonly name: string
      readonly namespace: string
      readonly kubeconfig: string
      readonly context: string
      /** Its machines are not on this machine: its management cluster alone can take them down. */
      readonly elsewhere?: true
    } & InEngine)
  /** In a cluster that is not ours. */
  | { readonly kind: 'objects'; readonly kubeconfig: string; readonly context: string; readonly objects: readonly MadeObject[] }
  /** Of a chart in a cluster that is not ours, with the helm that installed it. */
  | {
      readonly kind: 'helm release'
      readonly helm: string
      readonly name: string
      readonly namespace: string
      readonly kubeconfig: string
      readonly context: string
    }
  | { readonly kind: 'path'; readonly path: string }

interface MadeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string | undefined
}

/** Writes down what is about to be made; resolves when it is on disk. */
export type Recorder = (made: Made) => Promise<void>
