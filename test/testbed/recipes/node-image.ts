/** kindest/node: what kind's own Dockerfiles put together, from Debian's packages and our builds, with the control plane's images inside. */
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import { Failure } from '../../../src/host/failure.ts'
import { discard } from '../cache.ts'
import { docker, loadImage, RUN_LABEL } from '../docker.ts'
import { imageIn, RECIPE_LABEL, writeArchive, writeImage } from '../image.ts'
import { type Making, type Recipe, testbedFile } from '../recipe.ts'
import { named, versions } from '../versions.ts'
import { nodePackages, rootOf } from './debian.ts'
import { moduleOf } from './go.ts'
import { kubeadmImagesOf } from './images.ts'
import { crictl, type Kubernetes, nodeCommands } from './kubernetes.ts'

const config = {
  Entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'],
  Env: ['container=docker', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  StopSignal: 'SIGRTMIN+3', // kind stops nodes by it
}

/** The node without images in it. */
const nodeBaseOf = ({ versions: release, commands }: Kubernetes): Recipe => ({
  name: named('node-base', release.kubernetes, versions.kubernetes),
  docs: "kind's node image without the control plane's images",
  inputs: { kind: versions.kind, kubernetes: release.kubernetes, pause: release.pause, config },
  needs: [nodePackages, commands, crictl],
  files: [
    'image.ts',
    'recipes/debian.ts',
    'recipes/node-image.ts',
    'node/pod-network',
    'node/pod-network.service',
    'node/pod-network.yaml',
  ],
  make: async making => {
    const root = path.join(making.dir, '.root')
    await exec('cp', ['-a', rootOf(making.of(nodePackages)), root], making)
    await addKindFiles(root, making)
    await trimUnits(root, making)
    await adaptToDebian(root, release.pause)
    await addPodNetwork(root, making)
    for (const command of nodeCommands) await cp(path.join(making.of(commands), command), path.join(root, 'usr/bin', command))
    await cp(path.join(making.of(crictl), 'crictl'), path.join(root, 'usr/local/bin/crictl'))
    await writeFile(path.join(root, 'kind/version'), release.kubernetes)
    await writeRuntimeSpec(root, making)
    const labels = { [RECIPE_LABEL]: making.key }
    const names = [`testbed/node-base:${making.key}`]
    await writeImage(making.dir, { names, config: { ...config, Labels: labels }, layer: root, compress: false }, making)
    await discard(root, making)
  },
})

/** Files that kind's base image holds, out of kind's module. */
async function addKindFiles(root: string, making: Making): Promise<void> {
  const { Dir } = await moduleOf(`sigs.k8s.io/kind@${versions.kind}`, making.dir, making)
  const files = path.join(Dir, 'images/base/files')
  for (const directory of ['kind/manifests', 'opt/cni', 'etc/cni/net.d', 'etc/kubernetes/manifests']) {
    await mkdir(path.join(root, directory), { recursive: true })
  }
  for (const directory of ['etc', 'kind', 'usr/local/bin']) {
    await exec('cp', ['-r', '--no-preserve=mode', `${path.join(files, directory)}/.`, path.join(root, directory)], making)
  }
  await exec('sh', ['-c', 'chmod 755 "$1"/usr/local/bin/* "$1"/kind "$1"/kind/bin "$1"/kind/bin/*', 'sh', root], making)
}

/** No units but those that a node needs, and no kernel log in the journal, as kind's Dockerfile does it. */
async function trimUnits(root: string, making: Making): Promise<void> {
  const script = `cd "$1"
    find lib/systemd/system/sysinit.target.wants/ -name systemd-tmpfiles-setup.service -delete
    rm -f lib/systemd/system/multi-user.target.wants/* lib/systemd/system/local-fs.target.wants/* lib/systemd/system/basic.target.wants/*
    rm -f etc/systemd/system/*.wants/* lib/systemd/system/sockets.target.wants/*udev* lib/systemd/system/sockets.target.wants/*initctl*
    echo ReadKMsg=no >> etc/systemd/journald.conf
    ln -sf /usr/lib/systemd/systemd sbin/init
    ln -sfn /usr/lib/cni opt/cni/bin
    chroot . systemctl enable kubelet.service containerd.service undo-mount-hacks.service
    chroot . systemctl mask systemd-binfmt.service`
  await exec('sh', ['-ec', script, 'sh', root], making)
}

/** Debian's paths, the pause image of this Kubernetes; and no lower OOM score or raised limit, which need CAP_SYS_RESOURCE. */
async function adaptToDebian(root: string, pause: string): Promise<void> {
  await edit(path.join(root, 'etc/systemd/system/containerd.service'), [
    [/\/usr\/local\/bin\/containerd/, '/usr/bin/containerd'],
    [/^OOMScoreAdjust=.*\n/m, ''],
  ])
  await edit(path.join(root, 'etc/containerd/config.toml'), [
    [/restrict_oom_score_adj = false/, 'restrict_oom_score_adj = true'],
    [/^\[proxy_plugins\]\n[\s\S]*?\n\n/m, ''], // fuse-overlayfs isn't installed
    [/pause:[\d.]+"/, `pause:${pause}"`],
  ])
}

/** Replaces each pattern once. @throws Failure where one is not found: kind's files are not those that this was written for. */
async function edit(file: string, changes: readonly (readonly [RegExp, string])[]): Promise<void> {
  let text = await readFile(file, 'utf8')
  for (const [pattern, replacement] of changes) {
    if (!pattern.test(text))
      throw new Failure({ what: `kind ${versions.kind} has no ${pattern.source} in its ${path.basename(file)}`, where: file })
    text = text.replace(pattern, replacement)
  }
  await writeFile(file, text)
}

async function addPodNetwork(root: string, making: Making): Promise<void> {
  await cp(testbedFile('node/pod-network'), path.join(root, 'usr/local/bin/pod-network'))
  await chmod(path.join(root, 'usr/local/bin/pod-network'), 0o755)
  await cp(testbedFile('node/pod-network.service'), path.join(root, 'etc/systemd/system/pod-network.service'))
  await cp(testbedFile('node/pod-network.yaml'), path.join(root, 'kind/manifests/default-cni.yaml'))
  await exec('chroot', [root, 'systemctl', 'enable', 'pod-network.service'], making)
}

interface RuntimeSpec {
  process: Record<string, unknown>
  hooks?: { createContainer?: object[] }
}

/** The spec that every container of a pod starts from: a hook of kind's that hides the host's product files, and no limits. */
async function writeRuntimeSpec(root: string, making: Making): Promise<void> {
  const { stdout } = await exec('chroot', [root, 'ctr', 'oci', 'spec'], making)
  const spec = JSON.parse(stdout) as RuntimeSpec
  const { rlimits: _, ...process } = spec.process
  const createContainer = [...(spec.hooks?.createContainer ?? []), { path: '/kind/bin/mount-product-files.sh' }]
  await writeFile(
    path.join(root, 'etc/containerd/cri-base.json'),
    JSON.stringify({ ...spec, process, hooks: { ...spec.hooks, createContainer } }),
  )
}

/** The node image: the base, and a layer with containerd's store after it imported the images. It takes a privileged container. */
export function nodeImageOf(kubernetes: Kubernetes): Recipe {
  const version = kubernetes.versions.kubernetes
  const names = [`docker.io/kindest/node:${version}`]
  const nodeBase = nodeBaseOf(kubernetes)
  const kubeadmImages = kubeadmImagesOf(kubernetes)
  return {
    name: named('node-image', version, versions.kubernetes),
    docs: `kindest/node:${version}`,
    inputs: { config, names },
    needs: [nodeBase, kubernetes.commands, ...kubeadmImages],
    files: ['docker.ts', 'image.ts', 'recipes/node-image.ts'],
    make: async making => {
      await checkNames(kubernetes, kubeadmImages, making)
      const scratch = path.join(making.dir, '.scratch')
      await mkdir(scratch)
      const archive = path.join(making.dir, '.images.tar')
      await writeArchive(kubeadmImages.map(making.of), scratch, archive, making)
      await exec('rm', ['-rf', scratch], making)
      making.waiting('waiting for the container engine')
      await making.engine()
      const layer = path.join(making.dir, '.store.tar')
      await making.cpu(() => importImages(making, nodeBase, archive, layer))
      await exec('rm', [archive], making)
      const labels = { [RECIPE_LABEL]: making.key }
      const base = making.of(nodeBase)
      await writeImage(making.dir, { names, config: { ...config, Labels: labels }, base, layer, compress: false }, making)
    },
  }
}

/** kubeadm asks for images by the very names that it lists, and a docker-backed machine's preflight fails on a missing one. */
async function checkNames({ versions: release, commands }: Kubernetes, images: readonly Recipe[], making: Making): Promise<void> {
  const kubeadm = path.join(making.of(commands), 'kubeadm')
  const { stdout } = await exec(kubeadm, ['config', 'images', 'list', '--kubernetes-version', release.kubernetes], making)
  const have = images.flatMap(recipe => imageIn(making.of(recipe)).names)
  const missing = stdout
    .trim()
    .split('\n')
    .filter(name => !have.includes(name))
  if (missing.length === 0) return
  throw new Failure({
    what: `the node image lacks ${missing.join(', ')}`,
    why: `kubeadm ${release.kubernetes} asks for ${missing.length === 1 ? 'it' : 'them'}`,
    remedy: 'set the versions of etcd, coredns and pause in test/testbed/versions.ts to those',
  })
}

/** Imports images into containerd's store in a container of the base image, and takes the store out as a tar file. */
async function importImages(making: Making, nodeBase: Recipe, archive: string, layer: string): Promise<void> {
  const name = `capi-actions-testbed-${nodeBase.name}`
  const base = imageIn(making.of(nodeBase)).names[0] ?? ''
  await docker(['rm', '--force', '--volumes', name], making, [1])
  making.waiting('loading the base')
  await loadImage(making.of(nodeBase), making)
  try {
    await docker(
      ['run', '--detach', '--name', name, '--label', `${RUN_LABEL}=node-image`, '--privileged', '--entrypoint', 'sleep', base, 'infinity'],
      making,
    )
    making.waiting('importing images')
    await docker(['cp', archive, `${name}:/images.tar`], making)
    await docker(['exec', name, 'sh', '-ec', IMPORT], making)
    making.waiting('reading the store')
    await exec('sh', ['-ec', 'docker exec "$1" tar -C / --numeric-owner -cf - var/lib/containerd > "$2"', 'sh', name, layer], making)
  } finally {
    const unstoppable = { ...making, signal: AbortSignal.timeout(60_000) }
    await docker(['rm', '--force', '--volumes', name], unstoppable, [1])
    await docker(['rmi', '--force', base], unstoppable, [1])
  }
}

const IMPORT = `containerd >/tmp/containerd.log 2>&1 & pid=$!
tries=0; until ctr version >/dev/null 2>&1; do tries=$((tries+1)); [ $tries -lt 100 ] || { cat /tmp/containerd.log >&2; exit 1; }; sleep 0.1; done
ctr --namespace k8s.io images import --snapshotter overlayfs --all-platforms /images.tar
kill $pid; wait $pid || true
rm -rf /images.tar /tmp/containerd.log`
