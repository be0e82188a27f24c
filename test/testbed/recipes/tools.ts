/** Single commands that users and tests run. Those that the main job doesn't need are built only when something asks for them. */
import { versions } from '../versions.ts'
import { goBuild, goInstall } from './go.ts'

export const kind = goInstall('kind', `kind ${versions.kind}`, 'sigs.k8s.io/kind', versions.kind)

export const kustomize = goInstall(
  'kustomize',
  `kustomize ${versions.kustomize}`,
  'sigs.k8s.io/kustomize/kustomize/v5',
  versions.kustomize,
  `-X sigs.k8s.io/kustomize/api/provenance.version=kustomize/${versions.kustomize} -X sigs.k8s.io/kustomize/api/provenance.buildDate=2026-01-01T00:00:00Z`,
)

export const helm = goInstall(
  'helm',
  `helm ${versions.helm}`,
  'helm.sh/helm/v3/cmd/helm',
  versions.helm,
  `-X helm.sh/helm/v3/internal/version.version=${versions.helm} -X helm.sh/helm/v3/internal/version.metadata=`,
)

export const act = goInstall(
  'act',
  `nektos/act ${versions.act}, runs workflows`,
  'github.com/nektos/act',
  versions.act,
  `-X main.version=${versions.act.slice(1)}`,
)

export const actionlint = goInstall(
  'actionlint',
  `actionlint ${versions.actionlint}`,
  'github.com/rhysd/actionlint/cmd/actionlint',
  versions.actionlint,
)

export const envsubst = goBuild({
  name: 'envsubst',
  docs: 'drone/envsubst, the substitution that Cluster API uses',
  module: { require: { 'github.com/drone/envsubst/v2': versions.envsubst } },
  commands: { envsubst: 'github.com/drone/envsubst/v2/cmd/envsubst' },
})

export const ko = goInstall('ko', `ko ${versions.ko}, makes images of Go programs`, 'github.com/google/ko', versions.ko)

export const buildx = goBuild({
  name: 'buildx',
  docs: `docker buildx ${versions.buildx}`,
  module: { require: { 'github.com/docker/buildx': versions.buildx } },
  commands: { 'docker-buildx': 'github.com/docker/buildx/cmd/buildx' },
  ldflags: `-X github.com/docker/buildx/version.Version=${versions.buildx}`,
})
