/** BuildKit: its daemon, and the images that the Dockerfile of Cluster API asks for beside those that are served anyway. */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import { type ImageConfig, writeImage } from '../image.ts'
import type { Making, Recipe } from '../recipe.ts'
import { versions } from '../versions.ts'
import { go, goBuild } from './go.ts'
import { busybox, distroless } from './images.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Without cgo, so without seccomp profiles, which a machine of tests can do without. */
export const buildkit = goBuild({
  name: 'buildkit',
  docs: `buildkitd ${versions.buildkit}, and the front end that reads Dockerfiles`,
  module: { require: { 'github.com/moby/buildkit': versions.buildkit } },
  commands: {
    buildkitd: 'github.com/moby/buildkit/cmd/buildkitd',
    'dockerfile-frontend': 'github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend',
  },
  ldflags: `-X github.com/moby/buildkit/version.Version=${versions.buildkit}`,
})

interface Spec {
  readonly names: readonly string[]
  readonly config: ImageConfig
  readonly base?: Recipe
  readonly needs: readonly Recipe[]
  fill(tree: string, making: Making): Promise<void>
}

/** A recipe that makes an image for builds. */
const image = (name: string, docs: string, { names, config, base, needs, fill }: Spec): Recipe => ({
  name: `image-${name}`,
  docs,
  inputs: { names, config, fill: fill.toString().replace(/\s+/g, ' ') },
  needs: [...(base ? [base] : []), ...needs],
  files: ['image.ts', 'recipes/buildkit.ts'],
  make: async making => {
    const tree = path.join(making.dir, '.tree')
    await mkdir(tree)
    await fill(tree, making)
    const under = base === undefined ? {} : { base: making.of(base) }
    await writeImage(making.dir, { names, config, layer: tree, compress: false, ...under }, making)
    await exec('rm', ['-rf', tree], making)
  },
})

/** What `# syntax=docker/dockerfile:…` names; BuildKit runs it without a network. */
const frontendImage = image('dockerfile', 'the front end that reads Dockerfiles', {
  names: ['docker.io/docker/dockerfile:1', 'docker.io/docker/dockerfile:1.4'],
  config: {
    Entrypoint: ['/bin/dockerfile-frontend'],
    Env: [`PATH=${PATH}`],
    Labels: {
      'moby.buildkit.frontend.network.none': 'true',
      'moby.buildkit.frontend.caps':
        'moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring',
    },
  },
  needs: [buildkit],
  fill: async (tree, making) => {
    await mkdir(path.join(tree, 'bin'))
    await cp(path.join(making.of(buildkit), 'dockerfile-frontend'), path.join(tree, 'bin/dockerfile-frontend'))
  },
})

/**
 * The image in which Dockerfiles compile, made of this machine's Go, whatever version that is: a container trusts only the certificates in it, so this
 * machine's go along, as its way to the module proxy may need them.
 */
const golangImage = image('golang', `golang:${versions.golangImage}, with the Go of this machine`, {
  names: [`docker.io/library/golang:${versions.golangImage}`],
  config: {
    Cmd: ['sh'],
    Env: [`PATH=/go/bin:/usr/local/go/bin:${PATH}`, 'GOPATH=/go', 'GOTOOLCHAIN=local'],
    WorkingDir: '/go',
  },
  base: busybox,
  needs: [],
  fill: async (tree, making) => {
    const from = (await go(['env', 'GOROOT'], making.dir, making)).trim()
    const to = path.join(tree, 'usr/local/go')
    for (const directory of [to, path.join(tree, 'etc/ssl/certs'), path.join(tree, 'go/bin')]) await mkdir(directory, { recursive: true })
    const parts = ['VERSION', 'go.env', 'bin', 'lib', 'pkg', 'src'].map(part => path.join(from, part))
    await exec('cp', ['-r', ...parts, to], making)
    await cp('/etc/ssl/certs/ca-certificates.crt', path.join(tree, 'etc/ssl/certs/ca-certificates.crt'))
    // Names are looked up as the engine's network says, and not by files alone.
    await writeFile(path.join(tree, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  },
})

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** The minimal base under the names by architecture that Cluster API's Dockerfiles use. */
const distrolessByArchitecture = image('distroless-architecture', 'the minimal base image, by architecture', {
  names: ['nonroot', 'latest'].map(tag => `gcr.io/distroless/static:${tag}-${architecture}`),
  config: {},
  base: distroless,
  needs: [],
  fill: async () => {},
})

export const buildImages: readonly Recipe[] = [frontendImage, golangImage, distrolessByArchitecture]
