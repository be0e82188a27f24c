import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillArgs, fillSecrets, type KnownOfBuild, requireArgs, requireDeclared } from '../../../src/images/build-args.ts'
import { readDockerfile } from '../../../src/images/dockerfile.ts'

const known: KnownOfBuild = {
  goVersion: '1.25.12',
  builderImage: undefined,
  os: 'linux',
  architecture: 'arm64',
  package: './bootstrap/kubeadm',
  ldflags: '-s -w -X a.b=c',
  version: 'v1.13.4',
  goproxy: undefined,
}
/** The arguments of Cluster API's own Dockerfile. */
const clusterApi = readDockerfile(
  'ARG builder_image\nARG ARCH\nFROM ${builder_image} as builder\nARG goproxy=https://proxy.golang.org\nARG package=.\nARG ARCH\nARG gcflags\nARG ldflags\n' +
    'FROM gcr.io/distroless/static:nonroot-${ARCH}\n',
)

test("what Cluster API's Makefile gives to its Dockerfile is filled from the repository", () => {
  assert.deepEqual(fillArgs(clusterApi, known, {}), {
    builder_image: 'docker.io/library/golang:1.25.12',
    ARCH: 'arm64',
    package: './bootstrap/kubeadm',
    ldflags: '-s -w -X a.b=c',
  })
})

test('the module proxy and the builder image of the user go before the defaults of a Dockerfile', () => {
  const file = readDockerfile('ARG BUILDER_IMAGE=golang:1.20\nFROM ${BUILDER_IMAGE}\nARG GOPROXY=https://proxy.golang.org\n')
  assert.deepEqual(fillArgs(file, known, {}), {})
  const said = { ...known, goproxy: 'https://proxy.example', builderImage: 'example.com/golang:1' }
  assert.deepEqual(fillArgs(file, said, {}), { BUILDER_IMAGE: 'example.com/golang:1', GOPROXY: 'https://proxy.example' })
})

test('the names that other repositories have for the same are known', () => {
  const file = readDockerfile(
    'ARG BUILD_IMG\nARG golang_image\nARG GO_VERSION\nARG GOARCH=amd64\nARG VERSION\nARG VERSION_X=1\nARG TARGETARCH\n',
  )
  assert.deepEqual(fillArgs(file, known, {}), {
    BUILD_IMG: 'docker.io/library/golang:1.25.12',
    golang_image: 'docker.io/library/golang:1.25.12',
    GO_VERSION: '1.25.12',
    GOARCH: 'arm64',
    VERSION: 'v1.13.4',
  })
})

test('an argument without a default that the Makefile has a variable for has its value, where that is no command', () => {
  const file = readDockerfile(
    'ARG builder_image\nARG deployment_base_image\nARG deployment_base_image_tag\nARG goprivate\nARG path=cmd/main.go\nARG commit\nARG loop\nFROM ${deployment_base_image}:${deployment_base_image_tag}\n',
  )
  const makefile = `ARCH ?= $(shell go env GOARCH)
DEPLOYMENT_BASE_IMAGE ?= gcr.io/distroless/static
export FLAVOUR := nonroot
DEPLOYMENT_BASE_IMAGE_TAG ?= $(FLAVOUR)-\${ARCH}
PATH ?= other
COMMIT := $(shell git rev-parse HEAD)
GOPRIVATE ?=
LOOP = $(LOOP)
`
  const filled = fillArgs(file, { ...known, makefile }, {})
  assert.deepEqual(filled, {
    builder_image: 'docker.io/library/golang:1.25.12',
    deployment_base_image: 'gcr.io/distroless/static',
    deployment_base_image_tag: 'nonroot-arm64',
  })
  requireArgs(file, filled, 'Dockerfile')
})

test('what the user says wins, for the Dockerfiles that declare it', () => {
  const said = { ARCH: 'amd64', gcflags: 'all=-N', other: 'x', HTTP_PROXY: 'http://proxy' }
  assert.deepEqual(fillArgs(readDockerfile('ARG ARCH\nARG gcflags\n'), known, said), {
    ARCH: 'amd64',
    gcflags: 'all=-N',
    HTTP_PROXY: 'http://proxy',
  })
})

test('an argument that a FROM line needs and nobody gives is missed before the build', () => {
  const file = readDockerfile('ARG BASE\nARG EMPTY\nFROM golang:1 as b\nRUN echo $EMPTY\nFROM ${BASE}:nonroot\n')
  assert.throws(() => requireArgs(file, {}, 'Dockerfile'), {
    what: 'Dockerfile cannot be built without BASE',
    why: 'FROM ${BASE}:nonroot needs it, and it has no default',
    remedy: 'set `build-args`: BASE=…',
    where: ['Dockerfile:5'],
  })
  requireArgs(file, { BASE: 'static' }, 'Dockerfile')
})

test('a build arg that no Dockerfile has is refused with the nearest', () => {
  assert.throws(() => requireDeclared({ ld_flag: '-s', NO_PROXY: 'x' }, [clusterApi, { args: [] }], 'input build-args'), {
    what: 'no Dockerfile has the build argument ld_flag, did you mean ldflags?',
    why: 'they have builder_image, ARCH, goproxy, package, gcflags, ldflags',
    where: ['input build-args'],
  })
  requireDeclared({ ldflags: '-s', https_proxy: 'x', BUILDKIT_INLINE_CACHE: '1' }, [clusterApi], 'input build-args')
})

test('secrets are handed in where this machine has them', () => {
  const ids = ['goproxy', 'ca-certificates', 'ca.crt', 'netrc', 'github_token']
  assert.deepEqual(fillSecrets(ids, {}), {})
  assert.deepEqual(fillSecrets(ids, { GOPROXY: 'https://me:secret@proxy', NODE_EXTRA_CA_CERTS: '/etc/ca.pem', GITHUB_TOKEN: 'x' }), {
    goproxy: { variable: 'GOPROXY' },
    'ca-certificates': { file: '/etc/ca.pem' },
    'ca.crt': { file: '/etc/ca.pem' },
  })
})
