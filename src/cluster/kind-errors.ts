/** What kind's output most likely means, in words that help. Kind says what it ran, not what to do. Pure. */
import type { EngineName } from '../host/container-engine.ts'

export interface Cause {
  readonly why: string
  readonly remedy: string
}

type Known = readonly [pattern: RegExp, cause: (match: RegExpExecArray, engine: EngineName) => Cause]

const INOTIFY = 'sudo sysctl fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=8192'

/** In the order of how sure the sign is. */
const known: readonly Known[] = [
  [
    /failed to lock config file: open ([^\s:]+)/,
    m => ({ why: `kubeconfig lock ${m[1]} is there`, remedy: `if no kubectl or kind runs, remove ${m[1]}` }),
  ],
  [
    /failed to pull image "([^"]+)"/,
    m => ({
      why: `node image ${m[1]} cannot be pulled`,
      remedy: 'set node-image to one that exists and that the engine can reach, see the release notes of kind',
    }),
  ],
  [
    /(?:Bind for|listen tcp4?) (\S+?):? (?:failed: port is already allocated|bind: address already in use)/,
    m => ({ why: `${m[1]} is in use`, remedy: 'free that port, or change hostPort or apiServerPort in the kind config' }),
  ],
  [
    /port is already allocated|address already in use/,
    () => ({ why: 'a port that the kind config publishes is in use', remedy: 'free it, or change it there' }),
  ],
  [/too many open files|inotify/i, () => ({ why: 'the limits for inotify are too low', remedy: INOTIFY })],
  [
    /statfs (\S+): no such file or directory/,
    // Docker makes a folder that is to be mounted, podman doesn't; kind mounts /lib/modules on every node.
    m => ({ why: `${m[1]} is to be mounted on a node, and is not there`, remedy: `make it: sudo mkdir -p ${m[1]}` }),
  ],
  [/no space left on device/, (_, engine) => ({ why: 'no space left on device', remedy: `free disk space: ${engine} system prune` })],
  [
    /all predefined address pools have been fully subnetted/,
    (_, engine) => ({ why: 'the engine has no free subnet for another network', remedy: `${engine} network prune` }),
  ],
  [
    /node\(s\) already exist for a cluster with the name/,
    () => ({ why: 'another process has made nodes of this cluster meanwhile', remedy: 'run one at a time, or set another cluster-name' }),
  ],
  [
    /unable to apply caps|operation not permitted/i,
    () => ({
      why: 'the engine may not start privileged containers',
      remedy: 'kind needs an engine that may: see kind.sigs.k8s.io/docs/user/known-issues',
    }),
  ],
  [
    /kubelet is configured to not run on a host using cgroup v1|FailCgroupV1/i,
    () => ({
      why: 'this machine has cgroup v1, which the kubelet refuses from Kubernetes 1.35 on',
      remedy: 'set node-image to 1.34 or older, or failCgroupV1: false by a kubeadmConfigPatch for KubeletConfiguration',
    }),
  ],
  [
    /could not find a log line that matches/,
    () => ({ why: 'a node did not boot', remedy: `most often the limits for inotify: ${INOTIFY}` }),
  ],
  [
    /The kubelet is not healthy|timed out waiting for the condition/,
    () => ({
      why: 'the kubelet of a node did not become healthy',
      remedy: 'see the output below, and kind.sigs.k8s.io/docs/user/known-issues',
    }),
  ],
]

/** The likely cause of kind's failure, if its output shows a known sign. */
export function likelyCause(output: string, engine: EngineName): Cause | undefined {
  for (const [pattern, cause] of known) {
    const match = pattern.exec(output)
    if (match) return cause(match, engine)
  }
  return undefined
}

/** Kind's own one-line reason. */
export const errorLine = (output: string): string | undefined => /^ERROR: (?:failed to create cluster: )?(.+)$/m.exec(output)?.[1]
