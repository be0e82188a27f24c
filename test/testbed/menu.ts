/** Which recipes there are: what the main job needs, what is made only when something asks for it, and where each is served. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { made } from './cache.ts'
import { imageIn, parseImageName } from './image.ts'
import type { Recipe } from './recipe.ts'
import { buildImages, buildkit } from './recipes/buildkit.ts'
import { certManagerManifest } from './recipes/cert-manager.ts'
import { clusterApi, clusterApiManifests, clusterApiSource, clusterctl } from './recipes/cluster-api.ts'
import * as images from './recipes/images.ts'
import { kubectl, kubernetes } from './recipes/kubernetes.ts'
import { nodeImage } from './recipes/node-image.ts'
import { archives } from './recipes/release-archives.ts'
import { act, actionlint, buildx, envsubst, helm, kind, kustomize } from './recipes/tools.ts'
import type { Asset, Catalogue, PlainFile, PlainText, Release, ServedImage } from './served/catalogue.ts'
import { versions } from './versions.ts'

/** Images that the engine holds, because users' engines would pull them. */
export const engineImages: readonly Recipe[] = [nodeImage, images.haproxy, images.registry, images.busybox]

/** Images that the image registry serves. */
const servedImages: readonly Recipe[] = [
  ...images.kubeadmImages,
  ...images.certManagerImages,
  ...images.clusterApiImages,
  images.distroless,
  images.busybox,
  images.registry,
  images.haproxy,
]

/** What the main job needs. */
export const standard: readonly Recipe[] = [
  ...engineImages,
  ...servedImages,
  clusterApiSource,
  clusterApi,
  clusterApiManifests,
  clusterctl,
  certManagerManifest,
  kind,
  kustomize,
  archives.kustomize,
  kubectl,
]

/** What is made only when something asks for it, by name. */
export const extras = {
  helm,
  'helm-archive': archives.helm,
  act,
  actionlint,
  envsubst,
  buildx,
  buildkit,
  ...Object.fromEntries(buildImages.map(recipe => [recipe.name, recipe])),
} as const satisfies Record<string, Recipe>

/** What a build from a Dockerfile with a builder of one's own needs. */
export const forBuilder: readonly Recipe[] = [buildx, buildkit, ...buildImages]

export const allRecipes: readonly Recipe[] = [...standard, ...Object.values(extras)]

/** A recipe that holds a command of the same name, or of the name that `commandOf` knows. */
export const tools = { kind, kustomize, clusterctl, kubectl, helm, act, actionlint, envsubst, buildx, buildkit } as const satisfies Record<
  string,
  Recipe
>

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
    images: [...servedImages, ...buildImages].flatMap(imagesOf),
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
  const manifests = made(clusterApiManifests)
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
    {
      repository: 'kubernetes-sigs/cluster-api',
      tag: versions.clusterApi,
      assets: [
        ...asset(`clusterctl-linux-${architecture}`, clusterApi, 'clusterctl'),
        ...(manifests === undefined ? [] : readdirSync(manifests).map(name => ({ name, file: path.join(manifests, name) }))),
      ],
      checksums: 'none',
    },
    {
      repository: 'cert-manager/cert-manager',
      tag: versions.certManager,
      assets: asset('cert-manager.yaml', certManagerManifest, 'cert-manager.yaml'),
      checksums: 'none',
    },
  ]
  return all.filter(release => release.assets.length > 0)
}

function plainFiles(): PlainFile[] {
  const kubectlFile = fileOf(kubernetes, 'kubectl')
  const helmFile = fileOf(archives.helm, 'helm.tar.gz')
  return [
    // Upstream's host serves both paths.
    ...['release/', ''].flatMap(prefix =>
      kubectlFile === undefined
        ? []
        : [
            {
              url: `dl.k8s.io/${prefix}${versions.kubernetes}/bin/linux/${architecture}/kubectl`,
              file: kubectlFile,
              checksums: ['.sha256', '.sha512'] as const,
            },
          ],
    ),
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

const texts = (): PlainText[] => {
  const minor = versions.kubernetes.split('.').slice(0, 2).join('.').replace(/^v/, '')
  return [
    ...['stable.txt', `stable-${minor}.txt`].map(name => ({ url: `dl.k8s.io/release/${name}`, text: versions.kubernetes })),
    { url: 'get.helm.sh/helm3-latest-version', text: versions.helm },
  ]
}

function imagesOf(recipe: Recipe): ServedImage[] {
  const directory = made(recipe)
  if (directory === undefined) return []
  const image = imageIn(directory)
  return image.names.map(name => {
    const { repository, tag } = parseImageName(name)
    return { repository, tag, directory, index: image.index }
  })
}
