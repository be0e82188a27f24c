/** Kubernetes' own commands and what a control plane runs beside them. */
import { exec } from '../../../src/host/exec.ts'
import type { Recipe } from '../recipe.ts'
import { type KubernetesVersions, named, versions } from '../versions.ts'
import { goBuild } from './go.ts'

export const controlPlane = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'] as const
export const nodeCommands = ['kubeadm', 'kubelet', 'kubectl'] as const

/** One release: its commands, and those that `kubeadm` puts beside them. */
export interface Kubernetes {
  readonly versions: KubernetesVersions
  readonly commands: Recipe
  /** kubectl as a command of its own, so that who asks for kubectl finds a file of that name. */
  readonly kubectl: Recipe
  readonly etcd: Recipe
  readonly coredns: Recipe
}

export function kubernetesOf(release: KubernetesVersions): Kubernetes {
  const commands = goBuild({
    name: named('kubernetes', release.kubernetes, versions.kubernetes),
    docs: `Kubernetes ${release.kubernetes}: kubeadm, kubelet, kubectl, the control plane`,
    module: { require: { 'k8s.io/kubernetes': release.kubernetes }, likeKubernetes: release.kubernetes },
    commands: Object.fromEntries([...nodeCommands, ...controlPlane].map(command => [command, `k8s.io/kubernetes/cmd/${command}`])),
    ldflags: kubernetesStamp(release.kubernetes),
  })
  const kubectl: Recipe = {
    name: named('kubectl', release.kubernetes, versions.kubernetes),
    docs: `kubectl ${release.kubernetes}`,
    inputs: {},
    needs: [commands],
    files: [],
    make: async making => {
      await exec('ln', [`${making.of(commands)}/kubectl`, making.dir], making)
    },
  }
  const etcd = goBuild({
    name: named('etcd', release.etcd, versions.etcd),
    docs: `etcd ${release.etcd}`,
    module: { require: { 'go.etcd.io/etcd/server/v3': release.etcd }, likeKubernetes: release.kubernetes },
    commands: { etcd: 'go.etcd.io/etcd/server/v3' },
  })
  const coredns = goBuild({
    name: named('coredns', release.coredns, versions.coredns),
    docs: `CoreDNS ${release.coredns} with the plugins of kubeadm's Corefile: with all of them it takes three minutes`,
    module: { require: { 'github.com/coredns/coredns': release.coredns } },
    commands: { coredns: '.' },
    program: 'programs/coredns/main.go',
  })
  return { versions: release, commands, kubectl, etcd, coredns }
}

export const kubernetes = kubernetesOf(versions)

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
