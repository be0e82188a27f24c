/** What to build: the providers, and where each comes from. */
import { type Field, field, optional } from '../field.ts'
import {
  exactVersion,
  flag,
  imageReference,
  list,
  mapping,
  path,
  providerImages,
  providerReferences,
  providerUrls,
  text,
  yamlMapping,
} from '../kinds.ts'

export const sourceFields = {
  repository: field(path(), {
    group: 'source',
    default: '.',
    defaultText: 'the working directory',
    docs: 'Folder of the checkout whose providers are built and deployed: Cluster API’s own, or that of a provider.',
  }),
  tiltSettings: optional(path(), {
    group: 'source',
    defaultText: '`tilt-settings.yaml` or `tilt-settings.json` in the repository, where there is one',
    docs: 'Settings file as Tilt reads it; what Tilt has no field for may stand in it under `actions:`, by the names of inputs.',
  }),
  providers: field(providerReferences(), {
    group: 'source',
    tilt: 'enable_providers',
    default: ['core', 'kubeadm-bootstrap', 'kubeadm-control-plane', 'docker'],
    defaultText: '`core kubeadm-bootstrap kubeadm-control-plane docker`; in the repository of a provider its own instead of `docker`',
    docs: 'Providers to deploy; `core` is always among them unless `enable-core-provider` is `false`, or `none` stands alone. A name alone is built from source where a repository has it; `./` means all that the repository in this folder has; `aws:v2.13.0`, `aws:v2.13` (its newest patch), `aws:latest` and `core:go.mod` (what the repository was written for) are releases.',
  }),
  providerRepos: field(list(path()), {
    group: 'source',
    tilt: 'provider_repos',
    default: [],
    docs: 'Folders of checkouts of other providers, with a tilt-provider file or without; their providers are built from source where they are among `providers`.',
  }),
  providerConfig: optional(yamlMapping(), {
    group: 'source',
    docs: 'What is said of single providers, as YAML by their names, beside or instead of their tilt-provider files: how they are built, rendered and waited for; see docs/provider-repositories.md.',
  }),
  enableCoreProvider: field(flag(), {
    group: 'source',
    tilt: 'enable_core_provider',
    default: true,
    docs: 'Whether the core provider is deployed.',
  }),
  providerUrls: field(providerUrls(), {
    group: 'source',
    default: {},
    docs: 'Releases of providers that clusterctl does not know, one per line, by label and as `url` in clusterctl.yaml (`infrastructure-foo=https://github.com/org/repo/releases/latest/infrastructure-components.yaml`).',
  }),
  capiVersion: optional(exactVersion(), {
    group: 'source',
    defaultText: 'what `git describe` says, else the newest release series of `metadata.yaml`',
    docs: 'Version of Cluster API that the managers report and that the Provider inventory records, and of its released providers that are named without one.',
  }),
  baseImage: field(imageReference(), {
    group: 'source',
    default: 'gcr.io/distroless/static:nonroot',
    docs: 'Image on which the compiled managers are placed.',
  }),
  builder: optional(text(), {
    group: 'source',
    defaultText: 'none: managers are compiled by the Go of this machine, and what is said to be built from Dockerfiles is by the engine',
    docs: 'Name of a buildx builder (`docker buildx ls`), with any driver, that builds the images of all providers from their Dockerfiles.',
  }),
  builderImage: optional(imageReference(), {
    group: 'source',
    defaultText: '`docker.io/library/golang`, in the version of the Makefile or go.mod',
    docs: 'Image with Go in which Dockerfiles compile that take it as a build arg.',
  }),
  buildArgs: field(mapping('NAME=value'), {
    group: 'source',
    default: {},
    docs: 'Build args for the Dockerfiles that declare them, beside those that are filled in. An image shows its build args: none may be a secret.',
  }),
  images: field(providerImages(), {
    group: 'source',
    default: {},
    docs: 'Images that are there already, by provider (`docker=ghcr.io/me/capd-manager:v1`), such as those of `docker/build-push-action`, or what `build-images` of another job handed out: these providers are not built, but deployed with them.',
  }),
} satisfies Record<string, Field>
