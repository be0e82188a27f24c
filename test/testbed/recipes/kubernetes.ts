/** Kubernetes' own commands and what a control plane runs beside them. */
import { exec } from '../../../src/host/exec.ts'
import type { Recipe } from '../recipe.ts'
import { versions } from '../versions.ts'
import { goBuild } from './go.ts'

export const controlPlane = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'] as const
export const nodeCommands = ['kubeadm', 'kubelet', 'kubectl'] as const

export const kubernetes = goBuild({
  name: 'kubernetes',
  docs: `Kubernetes ${versions.kubernetes}: kubeadm, kubelet, kubectl, the control plane`,
  module: { require: { 'k8s.io/kubernetes': versions.kubernetes }, likeKubernetes: versions.kubernetes },
  commands: Object.fromEntries([...nodeCommands, ...controlPlane].map(command => [command, `k8s.io/kubernetes/cmd/${command}`])),
  ldflags: kubernetesStamp(versions.kubernetes),
})

/** Linker flags that stamp the version, in both packages that hold one: else kubeadm and the version skew checks see v0.0.0. */
export function kubernetesStamp(version: string): string {
  const [major, minor] = version.replace(/^v/, '').split('.')
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
    buildDate: '2026-01-01T00:00:00Z',
  }
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .flatMap(target => Object.entries(values).map(([name, value]) => `-X ${target}.${name}=${value}`))
    .join(' ')
}

export const etcd = goBuild({
  name: 'etcd',
  docs: `etcd ${versions.etcd}`,
  module: { require: { 'go.etcd.io/etcd/server/v3': versions.etcd }, likeKubernetes: versions.kubernetes },
  commands: { etcd: 'go.etcd.io/etcd/server/v3' },
})

export const coredns = goBuild({
  name: 'coredns',
  docs: `CoreDNS ${versions.coredns} with the plugins of kubeadm's Corefile: with all of them it takes three minutes`,
  module: { require: { 'github.com/coredns/coredns': versions.coredns } },
  commands: { coredns: '.' },
  program: 'programs/coredns/main.go',
})

export const pause: Recipe = goBuild({
  name: 'pause',
  docs: 'the process that holds a pod open',
  module: { require: {} },
  commands: { pause: '.' },
  program: 'programs/pause/main.go',
})

export const crictl: Recipe = goBuild({
  name: 'crictl',
  docs: 'pulls images on nodes, as the kubelet does',
  module: { require: { 'k8s.io/cri-api': versions.kubernetes.replace(/^v1/, 'v0') }, likeKubernetes: versions.kubernetes },
  commands: { crictl: '.' },
  program: 'programs/crictl/main.go',
})

/** The kubectl of this Kubernetes as a command of its own, so that who asks for kubectl finds a file of that name. */
export const kubectl: Recipe = {
  name: 'kubectl',
  docs: `kubectl ${versions.kubernetes}`,
  inputs: {},
  needs: [kubernetes],
  files: [],
  make: async making => {
    await exec('ln', [`${making.of(kubernetes)}/kubectl`, making.dir], making)
  },
}
