/** The management cluster and the registry. */
import { type Field, field, optional } from '../field.ts'
import {
  clusterName,
  containerName,
  exactVersion,
  imageReference,
  list,
  mirrors,
  oneOf,
  path,
  port,
  registryProject,
  text,
} from '../kinds.ts'

export const clusterFields = {
  clusterName: field(clusterName(), {
    group: 'cluster',
    tilt: 'kind_cluster_name',
    environment: ['CAPI_KIND_CLUSTER_NAME'],
    default: 'capi-test',
    docs: 'Name of the kind cluster to create, or to use if it exists.',
  }),
  engine: field(oneOf('auto', 'docker', 'podman'), {
    group: 'cluster',
    tilt: 'build_engine',
    default: 'auto',
    docs: 'Container engine of the kind cluster and the local registry. `auto` is podman where the command `docker` is podman’s, or where there is podman alone; else docker.',
  }),
  kubernetesVersion: optional(exactVersion(), {
    group: 'cluster',
    defaultText: 'the version of `node-image`, else `v1.36.1`',
    docs: 'Kubernetes version of the management cluster, and of the workload cluster unless `KUBERNETES_VERSION` is among its variables.',
  }),
  nodeImage: optional(imageReference(), {
    group: 'cluster',
    environment: ['CAPI_KIND_CLUSTER_IMAGE'],
    defaultText: '`kindest/node:<kubernetes-version>`',
    docs: 'Image of the kind nodes.',
  }),
  kindConfig: optional(text(), {
    group: 'cluster',
    docs: 'kind configuration (`kind.x-k8s.io/v1alpha4`), a file or YAML text, to which what the run needs is added.',
  }),
  kubeconfig: optional(path(), {
    group: 'cluster',
    defaultText: 'none: a kind cluster of `cluster-name`',
    docs: 'Kubeconfig of a cluster that is there already, to be used instead of a kind cluster. Its nodes cannot pull from the local registry: providers are deployed to it with `images` from elsewhere, or by a `registry` that it pulls from.',
  }),
  context: optional(text(), {
    group: 'cluster',
    defaultText: 'its current context',
    docs: 'Context in `kubeconfig`.',
  }),
  allowedContexts: field(list(text()), {
    group: 'cluster',
    tilt: 'allowed_contexts',
    default: [],
    defaultText: 'whichever `kubeconfig` and `context` name',
    docs: 'Contexts of `kubeconfig` that may be used beside those of kind clusters; once this is said, all others are refused.',
  }),
  registryName: field(containerName(), {
    group: 'cluster',
    default: 'kind-registry',
    docs: 'Name of the container that is the local image registry.',
  }),
  registryPort: field(port(), {
    group: 'cluster',
    default: 5000,
    docs: 'Port of the local image registry on 127.0.0.1.',
  }),
  registryImage: field(imageReference(), {
    group: 'cluster',
    default: 'registry:3',
    docs: 'Image of the local image registry.',
  }),
  registry: optional(registryProject(), {
    group: 'cluster',
    tilt: 'default_registry',
    defaultText: 'none: a local registry is started',
    docs: 'Registry, and project in it, that images are pushed to instead of a local one, such as `ghcr.io/org`, `docker.io/user` or `harbor.example.org/project/sub`.',
  }),
  registryUsername: optional(text(), {
    group: 'cluster',
    defaultText: 'the login that Docker’s configuration has for the registry, if any',
    docs: 'User, or robot account, that logs in to `registry`.',
  }),
  registryPassword: optional(text(), {
    group: 'cluster',
    docs: 'Password or access token of `registry-username`; for the command, set it in the environment.',
    secret: true,
  }),
  registryCa: optional(text(), {
    group: 'cluster',
    docs: 'Certificate of the authority that `registry` is trusted by, a file or PEM text, where machines don’t trust it anyway.',
  }),
  imageDelivery: field(oneOf('registry', 'load'), {
    group: 'cluster',
    default: 'registry',
    docs: 'How images that are built come to the nodes: `registry`, which they pull from, or `load`, by `kind load image-archive`, for a kind cluster whose nodes know no registry of ours.',
  }),
  imageMirrors: field(mirrors(), {
    group: 'cluster',
    default: {},
    docs: 'Registries that nodes ask instead of the one in an image reference, one per line (`docker.io=https://mirror.example`).',
  }),
} satisfies Record<string, Field>
