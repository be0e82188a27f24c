/** Which recipes there are: what the main job needs, what is made only when something asks for it, and where each is served. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { made } from './cache.ts'
import { imageIn, parseImageName } from './image.ts'
import type { Recipe } from './recipe.ts'
import { buildImages, buildkit } from './recipes/buildkit.ts'
import { certManagerManifest } from './recipes/cert-manager.ts'
import { type ClusterApi, clusterApi, clusterApiOf } from './recipes/cluster-api.ts'
import * as images from './recipes/images.ts'
import { type Kubernetes, kubernetes, kubernetesOf } from './recipes/kubernetes.ts'
import { nodeImageOf } from './recipes/node-image.ts'
import { archives } from './recipes/release-archives.ts'
import { repositoryRecipes } from './recipes/repositories.ts'
import { kubeRbacProxy } from './recipes/sidecars.ts'
import { act, actionlint, buildx, envsubst, helm, kind, ko, kustomize } from './recipes/tools.ts'
import type { Asset, Catalogue, PlainFile, PlainText, Release, ServedImage } from './served/catalogue.ts'
import { second, versions } from './versions.ts'

/** What a Kubernetes release is to tests, and what a Cluster API release is. */
const kubernetesParts = (release: Kubernetes): readonly Recipe[] => [
  ...images.kubeadmImagesOf(release),
  nodeImageOf(release),
  release.kubectl,
]
const clusterApiParts = (release: ClusterApi): readonly Recipe[] => [
  ...images.clusterApiImagesOf(release),
  release.source,
  release.commands,
  release.manifests,
  release.clusterctl,
]

/** The second release of each. */
const secondKubernetes = kubernetesOf(second)
export const secondClusterApi = clusterApiOf(second.clusterApi)

/** Images that the engine holds, because users' engines would pull them. */
export const engineImages: readonly Recipe[] = [nodeImageOf(kubernetes), images.haproxy, images.registry, images.busybox]

/** Those that it holds, too, once they are made. */
export const extraEngineImages: readonly Recipe[] = [nodeImageOf(secondKubernetes)]

/** Images that the image registry serves. */
const servedImages: readonly Recipe[] = [
  ...[kubernetes, secondKubernetes].flatMap(images.kubeadmImagesOf),
  ...images.certManagerImages,
  ...[clusterApi, secondClusterApi].flatMap(images.clusterApiImagesOf),
  images.distroless,
  images.busybox,
  images.registry,
  images.haproxy,
]

/** What the main job needs. */
export const standard: readonly Recipe[] = [
  ...engineImages,
  ...kubernetesParts(kubernetes),
  ...images.certManagerImages,
  ...clusterApiParts(clusterApi),
  images.distroless,
  certManagerManifest,
  kind,
  kustomize,
  archives.kustomize,
  repositoryRecipes['ipam-in-cluster'],
]

/** All of the second release of Kubernetes and of Cluster API. */
const nightly: Recipe = {
  name: 'nightly',
  docs: `Kubernetes ${second.kubernetes} and Cluster API ${second.clusterApi}, for a matrix`,
  inputs: {},
  needs: [...kubernetesParts(secondKubernetes), ...clusterApiParts(secondClusterApi)],
  files: [],
  make: async () => {},
}

/** What is made only when something asks for it, by name. */
export const extras = {
  helm,
  'helm-archive': archives.helm,
  act,
  actionlint,
  envsubst,
  ko,
  buildx,
  buildkit,
  nightly,
  'image-kube-rbac-proxy': kubeRbacProxy,
  ...Object.fromEntries([...buildImages, ...Object.values(repositoryRecipes)].map(recipe => [recipe.name, recipe])),
} as const satisfies Record<string, Recipe>

/** What a build from a Dockerfile with a builder of one's own needs. */
export const forBuilder: readonly Recipe[] = [buildx, buildkit, ...buildImages]

export const allRecipes: readonly Recipe[] = [...standard, ...Object.values(extras)]

/** A recipe that holds a command of the same name, or of the name that `commandOf` knows. */
export const tools = {
  kind,
  kustomize,
  clusterctl: clusterApi.clusterctl,
  kubectl: kubernetes.kubectl,
  helm,
  act,
  actionlint,
  envsubst,
  ko,
  buildx,
  buildkit,
} as const satisfies Record<string, Recipe>

export type ToolName = keyof typeof tools

/** The file of a tool in its recipe's directory. */
export const commandOf = (tool: ToolName): string => commands[tool] ?? tool

const commands: Partial<Record<ToolName, string>> = { buildx: 'docker-buildx', buildkit: 'buildkitd' }

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** Everything that is made, under upstream's names. What is not made yet is not served. */
export function catalogueOfMade(): Catalogue {
  return {
    releases: releases(),
    files: plainFiles(),
    texts: texts(),
    images: [...servedImages, ...buildImages, kubeRbacProxy].flatMap(imagesOf),
  }
}

const fileOf = (recipe: Recipe, file: string): string | undefined => {
  const directory = made(recipe)
  return directory === undefined ? undefined : path.join(directory, file)
}

const asset = (name: string, recipe: Recipe, file: string): Asset[] => {
  const found = fileOf(recipe, file)
  return found === undefined ? [] : [{ name, file: found }]
}

function releases(): Release[] {
  const all: Release[] = [
    {
      repository: 'kubernetes-sigs/kind',
      tag: versions.kind,
      assets: asset(`kind-linux-${architecture}`, kind, 'kind'),
      checksums: 'sha256sum',
    },
    {
      repository: 'kubernetes-sigs/kustomize',
      tag: `kustomize/${versions.kustomize}`,
      assets: asset(`kustomize_${versions.kustomize}_linux_${architecture}.tar.gz`, archives.kustomize, 'kustomize.tar.gz'),
      checksums: 'checksums.txt',
    },
    // The first is what `latest` means: that of the standard job.
    clusterApiRelease(clusterApi),
    clusterApiRelease(secondClusterApi),
    {
      repository: 'cert-manager/cert-manager',
      tag: versions.certManager,
      assets: asset('cert-manager.yaml', certManagerManifest, 'cert-manager.yaml'),
      checksums: 'none',
    },
  ]
  return all.filter(release => release.assets.length > 0)
}

function clusterApiRelease({ version, commands, manifests }: ClusterApi): Release {
  const files = made(manifests)
  return {
    repository: 'kubernetes-sigs/cluster-api',
    tag: version,
    assets: [
      ...asset(`clusterctl-linux-${architecture}`, commands, 'clusterctl'),
      ...(files === undefined ? [] : readdirSync(files).map(name => ({ name, file: path.join(files, name) }))),
    ],
    checksums: 'none',
  }
}

function plainFiles(): PlainFile[] {
  const helmFile = fileOf(archives.helm, 'helm.tar.gz')
  return [
    ...[kubernetes, secondKubernetes].flatMap(kubectlFiles),
    ...(helmFile === undefined
      ? []
      : [
          {
            url: `get.helm.sh/helm-${versions.helm}-linux-${architecture}.tar.gz`,
            file: helmFile,
            checksums: ['.sha256', '.sha256sum'] as const,
          },
        ]),
  ]
}

function kubectlFiles({ versions: release, commands }: Kubernetes): PlainFile[] {
  const file = fileOf(commands, 'kubectl')
  if (file === undefined) return []
  // Upstream's host serves both paths.
  return ['release/', ''].map(prefix => ({
    url: `dl.k8s.io/${prefix}${release.kubernetes}/bin/linux/${architecture}/kubectl`,
    file,
    checksums: ['.sha256', '.sha512'],
  }))
}

const texts = (): PlainText[] => [
  { url: 'dl.k8s.io/release/stable.txt', text: versions.kubernetes },
  ...[versions.kubernetes, second.kubernetes].map(version => ({
    url: `dl.k8s.io/release/stable-${version.split('.').slice(0, 2).join('.').replace(/^v/, '')}.txt`,
    text: version,
  })),
  { url: 'get.helm.sh/helm3-latest-version', text: versions.helm },
]

function imagesOf(recipe: Recipe): ServedImage[] {
  const directory = made(recipe)
  if (directory === undefined) return []
  const image = imageIn(directory)
  return image.names.map(name => {
    const { repository, tag } = parseImageName(name)
    return { repository, tag, directory, index: image.index }
  })
}
