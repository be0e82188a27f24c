/** Images under upstream's names: what nodes pull, and what the engine holds. */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import { type ImageConfig, RECIPE_LABEL, writeImage } from '../image.ts'
import type { Making, Recipe } from '../recipe.ts'
import { named, versions } from '../versions.ts'
import { certManager, certManagerCommands } from './cert-manager.ts'
import type { ClusterApi } from './cluster-api.ts'
import { addBusybox, copyCommands, layOut, libraries, rootOf, servicePackages } from './debian.ts'
import { controlPlane, type Kubernetes, pause } from './kubernetes.ts'

interface ImageRecipe {
  readonly names: readonly string[]
  readonly config: ImageConfig
  readonly base?: Recipe
  readonly needs?: readonly Recipe[]
  /** Everything that `fill` takes from outside and that is not in `needs`. */
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly compress?: boolean
  /** Puts the image's own files into `tree`. */
  fill(tree: string, making: Making): Promise<void>
}

/** A recipe that makes an image. */
const image = (name: string, docs: string, spec: ImageRecipe): Recipe => ({
  name: `image-${name}`,
  docs,
  inputs: {
    ...spec.inputs,
    names: spec.names,
    config: spec.config,
    compress: spec.compress ?? true,
    fill: spec.fill.toString().replace(/\s+/g, ' '),
  },
  needs: [...(spec.base ? [spec.base] : []), ...(spec.needs ?? [])],
  files: ['image.ts', 'recipes/debian.ts', 'recipes/images.ts'],
  make: async making => {
    const tree = path.join(making.dir, '.tree')
    await mkdir(tree)
    await spec.fill(tree, making)
    const config = { ...spec.config, Labels: { ...spec.config.Labels, [RECIPE_LABEL]: making.key } }
    const base = spec.base === undefined ? {} : { base: making.of(spec.base) }
    await writeImage(making.dir, { names: spec.names, config, layer: tree, compress: spec.compress ?? true, ...base }, making)
    await exec('rm', ['-rf', tree], making)
  },
})

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

async function install(from: string, tree: string, target: string): Promise<void> {
  await mkdir(path.dirname(path.join(tree, target)), { recursive: true })
  await cp(from, path.join(tree, target))
}

/** The base of most controllers: certificates, time zones, a user that isn't root, and nothing that runs. */
export const distroless = image('distroless-static', 'the minimal base image', {
  names: ['gcr.io/distroless/static:nonroot', 'gcr.io/distroless/static:latest', 'gcr.io/distroless/static-debian12:nonroot'],
  config: { Env: [PATH, 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'], User: '65532', WorkingDir: '/home/nonroot' },
  needs: [servicePackages],
  fill: async (tree, making) => {
    await layOut(tree, making)
    const root = rootOf(making.of(servicePackages))
    await install(`${root}/etc/ssl/certs/ca-certificates.crt`, tree, 'etc/ssl/certs/ca-certificates.crt')
    await exec('cp', ['-r', `${root}/usr/share/zoneinfo`, path.join(tree, 'usr/share-zoneinfo')], making)
    await mkdir(path.join(tree, 'usr/share'))
    await exec('mv', [path.join(tree, 'usr/share-zoneinfo'), path.join(tree, 'usr/share/zoneinfo')], making)
    await writeFile(
      path.join(tree, 'etc/passwd'),
      'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
    )
    await writeFile(path.join(tree, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n')
    await writeFile(path.join(tree, 'etc/nsswitch.conf'), 'hosts: files dns\n')
    await exec('install', ['-d', '-o', '65532', '-g', '65532', '-m', '700', path.join(tree, 'home/nonroot')], making)
  },
})

/** One command on the minimal base, under the names that upstream gives the image. */
const command = (
  name: string,
  from: Recipe,
  binary: string,
  options: { names: string[]; target: string; user?: string; base?: Recipe },
): Recipe =>
  image(name, options.names[0] ?? name, {
    names: options.names,
    config: { Entrypoint: [options.target], WorkingDir: '/', User: options.user ?? '65532', Env: [PATH] },
    ...(options.base ? { base: options.base } : {}),
    needs: [from],
    inputs: { binary, target: options.target },
    fill: (tree, making) => install(path.join(making.of(from), binary), tree, options.target),
  })

/** Everything that `kubeadm config images list` names. */
export function kubeadmImagesOf({ versions: release, commands, etcd, coredns }: Kubernetes): readonly Recipe[] {
  const controlPlaneImages = controlPlane
    .filter(name => name !== 'kube-proxy')
    .map(name =>
      command(named(name, release.kubernetes, versions.kubernetes), commands, name, {
        names: [`registry.k8s.io/${name}:${release.kubernetes}`],
        target: `/usr/local/bin/${name}`,
        user: '0',
      }),
    )
  const etcdImage = command(named('etcd', release.etcd, versions.etcd), etcd, 'etcd', {
    names: [`registry.k8s.io/etcd:${release.etcd.slice(1)}-0`],
    target: '/usr/local/bin/etcd',
    user: '0',
  })
  const corednsImage = command(named('coredns', release.coredns, versions.coredns), coredns, 'coredns', {
    names: [`registry.k8s.io/coredns/coredns:${release.coredns}`],
    target: '/coredns',
    user: '0',
  })
  const pauseImage = command(named('pause', release.pause, versions.pause), pause, 'pause', {
    names: [`registry.k8s.io/pause:${release.pause}`],
    target: '/pause',
  })
  return [...controlPlaneImages, kubeProxyImageOf(release.kubernetes, commands), etcdImage, corednsImage, pauseImage]
}

/**
 * kube-proxy needs iptables with all its extensions and their libraries, libm too: without it `statistic` fails to load, no rules are
 * written, and a Service address is answered by whatever else is on the way out, with a foreign certificate.
 */
const kubeProxyImageOf = (version: string, commands: Recipe): Recipe =>
  image(named('kube-proxy', version, versions.kubernetes), 'kube-proxy with iptables and conntrack', {
    names: [`registry.k8s.io/kube-proxy:${version}`],
    config: { Entrypoint: ['/usr/local/bin/kube-proxy'], Env: [PATH] },
    needs: [commands, servicePackages],
    inputs: { libraries },
    fill: async (tree, making) => {
      const root = rootOf(making.of(servicePackages))
      await layOut(tree, making)
      const files = ['/usr/sbin/xtables-nft-multi', '/usr/sbin/conntrack', `/usr/lib/${libraries}/libm.so.6`]
      await copyCommands(root, tree, files, making)
      await exec('cp', ['-r', `${root}/usr/lib/${libraries}/xtables`, `${tree}/usr/lib/${libraries}/`], making)
      await exec('cp', [`${root}/etc/ld.so.cache`, `${tree}/etc/`], making)
      for (const family of ['iptables', 'ip6tables']) {
        for (const form of ['', '-save', '-restore'])
          await exec('ln', ['-s', 'xtables-nft-multi', `${tree}/usr/sbin/${family}${form}`], making)
      }
      await install(path.join(making.of(commands), 'kube-proxy'), tree, 'usr/local/bin/kube-proxy')
    },
  })

export const certManagerImages: readonly Recipe[] = certManagerCommands.map(name =>
  command(`cert-manager-${name}`, certManager, name, {
    names: [`quay.io/jetstack/cert-manager-${name}:${versions.certManager}`],
    target: `/app/cmd/${name}/${name}`,
    user: '1000',
    base: distroless,
  }),
)

/** Managers by the name of their image; CAPD runs as root because it talks to the engine's socket. */
export const clusterApiImagesOf = ({ version, commands }: ClusterApi): readonly Recipe[] =>
  (
    [
      ['core', 'cluster-api-controller', '65532'],
      ['kubeadm-bootstrap', 'kubeadm-bootstrap-controller', '65532'],
      ['kubeadm-control-plane', 'kubeadm-control-plane-controller', '65532'],
      ['docker', 'capd-manager', '0'],
    ] as const
  ).map(([binary, name, user]) =>
    command(named(name, version, versions.clusterApi), commands, binary, {
      names: ['registry.k8s.io/cluster-api', 'gcr.io/k8s-staging-cluster-api'].map(registry => `${registry}/${name}:${version}`),
      target: '/manager',
      user,
      base: distroless,
    }),
  )

export const busybox = image('busybox', 'a shell and small commands', {
  names: ['docker.io/library/busybox:latest', 'docker.io/library/busybox:1.36'],
  config: { Cmd: ['sh'], Env: [PATH] },
  needs: [servicePackages],
  fill: async (tree, making) => {
    await layOut(tree, making)
    await addBusybox(rootOf(making.of(servicePackages)), tree, making)
  },
})

/** The configuration that the registry image has by default, as upstream's: content in a volume, port 5000. */
const registryConfig = `version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`

/** Debian's registry in an image that is used as upstream's: versions 2 and 3 differ in where their configuration lies. */
export const registry = image('registry', 'the image registry that users run beside kind', {
  names: ['docker.io/library/registry:2', 'docker.io/library/registry:3'],
  config: {
    Entrypoint: ['/entrypoint.sh'],
    Cmd: ['/etc/distribution/config.yml'],
    Env: [PATH],
    ExposedPorts: { '5000/tcp': {} },
    Volumes: { '/var/lib/registry': {} },
  },
  needs: [servicePackages],
  inputs: { registryConfig },
  fill: async (tree, making) => {
    const root = rootOf(making.of(servicePackages))
    await layOut(tree, making)
    await copyCommands(root, tree, ['/usr/bin/docker-registry'], making)
    await exec('mv', [`${tree}/usr/bin/docker-registry`, `${tree}/usr/bin/registry`], making)
    await addBusybox(root, tree, making)
    await install(`${root}/etc/ssl/certs/ca-certificates.crt`, tree, 'etc/ssl/certs/ca-certificates.crt')
    for (const directory of ['etc/distribution', 'etc/docker/registry']) {
      await mkdir(path.join(tree, directory), { recursive: true })
      await writeFile(path.join(tree, directory, 'config.yml'), registryConfig)
    }
    await mkdir(path.join(tree, 'var/lib/registry'), { recursive: true })
    const entrypoint =
      '#!/bin/sh\nset -e\ncase "$1" in\n  *.yaml|*.yml) set -- registry serve "$@" ;;\n  serve|garbage-collect|help|-*) set -- registry "$@" ;;\nesac\nexec "$@"\n'
    await writeFile(path.join(tree, 'entrypoint.sh'), entrypoint, { mode: 0o755 })
  },
})

/**
 * CAPD's load balancer. CAPD starts `haproxy -W -db -f …` with a maxconn of 100000, which needs more open files than a sandbox allows; a first -f with
 * a smaller one wins. CAPD starts it by name with its own arguments, so the entrypoint can't carry it.
 */
export const haproxy = image('haproxy', "the load balancer of CAPD's clusters", {
  names: [`docker.io/kindest/haproxy:${versions.haproxyImage}`],
  config: { Entrypoint: ['haproxy', '-W', '-db', '-f', '/usr/local/etc/haproxy/haproxy.cfg'], Env: [PATH], WorkingDir: '/' },
  needs: [servicePackages],
  fill: async (tree, making) => {
    const root = rootOf(making.of(servicePackages))
    await layOut(tree, making)
    // `cp /dev/stdin FILE` is how CAPD writes the configuration.
    await copyCommands(root, tree, ['/usr/sbin/haproxy', '/usr/bin/cp', '/usr/bin/mkdir'], making)
    await addBusybox(root, tree, making)
    await exec('mv', [`${tree}/usr/sbin/haproxy`, `${tree}/usr/sbin/haproxy.real`], making)
    const wrapper = '#!/bin/sh\nexec /usr/sbin/haproxy.real -f /etc/haproxy/limits.cfg "$@"\n'
    await writeFile(path.join(tree, 'usr/sbin/haproxy'), wrapper, { mode: 0o755 })
    for (const directory of ['etc/haproxy', 'usr/local/etc/haproxy', 'var/lib/haproxy'])
      await mkdir(path.join(tree, directory), { recursive: true })
    await writeFile(path.join(tree, 'etc/haproxy/limits.cfg'), 'global\n  no strict-limits\n  maxconn 4000\n')
    await writeFile(
      path.join(tree, 'usr/local/etc/haproxy/haproxy.cfg'),
      'defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 50s\n  timeout server 50s\nfrontend control-plane\n  bind *:6443\n',
    )
    await writeFile(path.join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nhaproxy:x:999:999::/var/lib/haproxy:/bin/false\n')
    await writeFile(path.join(tree, 'etc/group'), 'root:x:0:\nhaproxy:x:999:\n')
  },
})
