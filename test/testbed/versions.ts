/** Versions of everything that the test environment builds, one line each. Bumping one rebuilds what depends on it and nothing else. */

export const versions = {
  /** The newest 1.34 patch all of whose staging modules are in the checksum database; from 1.35 on the kubelet refuses cgroup v1. */
  kubernetes: 'v1.34.4',
  /** Used with TESTBED=upstream: kind's own node image of its release below. */
  kubernetesUpstream: 'v1.36.1',
  /** etcd, CoreDNS and pause are those that `kubeadm config images list` names for this Kubernetes; the node image's recipe checks it. */
  etcd: 'v3.6.5',
  coredns: 'v1.12.1',
  pause: '3.10.1',
  kind: 'v0.32.0',
  kustomize: 'v5.8.1',
  clusterApi: 'v1.13.4',
  /** The newest whose commands are packages of a module that a proxy can resolve. */
  certManager: 'v1.11.5',
  /** Used with TESTBED=upstream: GitHub has no digest of assets as old as those of the other. */
  certManagerUpstream: 'v1.21.1',
  /** The newest helm whose Kubernetes libraries are not newer than ours, so that the chart renderer reuses their compile. */
  helm: 'v3.19.5',
  act: 'v0.2.89',
  actionlint: 'v1.7.12',
  /** What Cluster API itself uses; v2 has no tag. */
  envsubst: 'v2.0.0-20210730161058-179042472c46',
  ko: 'v0.19.1',
  buildx: 'v0.30.1',
  /** The one that buildx v0.30 is built with, so that both share what is compiled. */
  buildkit: 'v0.26.1',
  /** `GO_VERSION` in the Makefile of Cluster API, which is the tag of the image that its Dockerfile compiles in. */
  golangImage: '1.25.12',
  /** The load balancer image that CAPD v1.13 asks for by this name; ours carries Debian's haproxy. */
  haproxyImage: 'v20230606-42a2262b',
  /** The one that k3s' provider names. */
  kubeRbacProxy: 'v0.16.0',
  debian: 'bookworm',
} as const

export type Versions = Readonly<Record<keyof typeof versions, string>>

/** Versions that one Kubernetes release brings with it. */
export type KubernetesVersions = Pick<Versions, 'kubernetes' | 'etcd' | 'coredns' | 'pause'>

/** The second release of each, for a matrix: made only when something asks for the extra `nightly`. Both Cluster API versions support both. */
export const second: KubernetesVersions & Pick<Versions, 'kubernetesUpstream' | 'clusterApi'> = {
  kubernetes: 'v1.33.4',
  kubernetesUpstream: 'v1.35.5',
  etcd: 'v3.5.21',
  coredns: 'v1.12.0',
  pause: '3.10',
  clusterApi: 'v1.14.2',
}

/** Repositories of providers as their authors left them, whole on the module proxy. */
export const repositoryVersions = {
  'ipam-in-cluster': 'v1.0.3',
  operator: 'v0.29.0',
  'addon-helm': 'v0.5.3',
  k3s: 'v0.3.0',
  aws: 'v2.13.0',
  gcp: 'v1.12.0',
  openstack: 'v0.14.7',
  vsphere: 'v1.16.1',
  /** Of Cluster API itself the newest patch of each minor that is whole on the proxy; some are so without `test`, 1.9 is not at all. */
  'cluster-api-1.7': 'v1.7.9',
  'cluster-api-1.8': 'v1.8.12',
  'cluster-api-1.10': 'v1.10.10',
  'cluster-api-1.11': 'v1.11.5',
  'cluster-api-1.12': 'v1.12.4',
  'cluster-api-1.14': second.clusterApi,
} as const

/** The name of a recipe that is made in two versions; that of the standard one has no version in it. */
export const named = (name: string, version: string, standard: string): string => (version === standard ? name : `${name}-${version}`)
