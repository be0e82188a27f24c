/** Directory trees of Debian packages, and single commands with their libraries out of such a tree. */
import { existsSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import { Failure } from '../../../src/host/failure.ts'
import type { Work } from '../../../src/host/work.ts'
import { inCache } from '../cache.ts'
import { needCommands } from '../host-packages.ts'
import type { Recipe } from '../recipe.ts'
import { versions } from '../versions.ts'

/** A recipe that installs a minimal Debian with `packages`. */
const debian = (name: string, docs: string, packages: readonly string[]): Recipe => ({
  name,
  docs,
  inputs: { suite: versions.debian, packages, architecture: process.arch },
  needs: [],
  files: ['recipes/debian.ts'],
  make: async making => {
    if (process.getuid?.() !== 0) throw new Failure({ what: `${name} can't be made: debootstrap needs to be run as root` })
    await needCommands({ debootstrap: 'debootstrap' }, making)
    const packagesCache = inCache('debian-packages', name)
    await mkdir(packagesCache, { recursive: true })
    const root = path.join(making.dir, 'root')
    await exec(
      'debootstrap',
      ['--variant=minbase', `--include=${packages.join(',')}`, `--cache-dir=${packagesCache}`, versions.debian, root],
      making,
      { timeout: 900 },
    )
    await exec(
      'sh',
      ['-c', 'rm -rf "$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*', 'sh', root],
      making,
    )
  },
})

/** What kind's node image installs, plus the container runtime, which kind builds from source. */
export const nodePackages = debian('debian-node', "Debian packages of kind's node image", [
  ...['systemd', 'dbus', 'conntrack', 'iptables', 'nftables', 'iproute2', 'ethtool', 'util-linux', 'mount', 'kmod', 'libseccomp2'],
  ...['pigz', 'socat', 'bash', 'ca-certificates', 'curl', 'jq', 'procps', 'hostname'],
  ...['containerd', 'runc', 'containernetworking-plugins'],
])

/** What the small images take single commands and files from. */
export const servicePackages = debian('debian-services', 'Debian packages that small images take commands from', [
  ...['docker-registry', 'haproxy', 'iptables', 'conntrack', 'busybox-static', 'ca-certificates', 'tzdata'],
])

/** The tree of a Debian recipe. */
export const rootOf = (directory: string): string => path.join(directory, 'root')

/** The name of the directory that holds this machine's libraries in Debian. */
export const libraries = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'

/** Makes the layout that Debian's commands expect in an empty tree: `/bin`, `/lib` … are links into `/usr`. */
export async function layOut(tree: string, work: Work): Promise<void> {
  for (const directory of ['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', `usr/lib/${libraries}`, 'etc', 'tmp', 'run', 'var', 'root']) {
    await mkdir(path.join(tree, directory), { recursive: true })
  }
  await exec('chmod', ['1777', path.join(tree, 'tmp')], work)
  for (const link of ['bin', 'sbin', 'lib', 'lib64']) await exec('ln', ['-sfn', `usr/${link}`, path.join(tree, link)], work)
}

/** Copies commands and all libraries they load from a Debian tree into another. Files are named by their path in the tree. */
export async function copyCommands(root: string, tree: string, files: readonly string[], work: Work): Promise<void> {
  for (const file of files) {
    const linked = await exec('chroot', [root, 'ldd', file], work, { allow: [1] }) // 1: not a dynamic executable
    for (const wanted of [file, ...librariesOf(linked.stdout)]) {
      const target = path.join(tree, wanted)
      if (existsSync(target)) continue
      await mkdir(path.dirname(target), { recursive: true })
      await exec('cp', ['--dereference', path.join(root, wanted), target], work)
    }
  }
}

/** Paths in what ldd prints: `libc.so.6 => /lib/…/libc.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
export const librariesOf = (ldd: string): string[] =>
  ldd.split('\n').flatMap(line => /=> (\/\S+)/.exec(line)?.[1] ?? /^\s*(\/\S+) \(0x/.exec(line)?.[1] ?? [])

/** Puts busybox and links for all its commands into a tree. */
export async function addBusybox(root: string, tree: string, work: Work): Promise<void> {
  await cp(path.join(root, 'usr/bin/busybox'), path.join(tree, 'usr/bin/busybox'))
  // What is there already stays; for that it exits with 1.
  await exec('chroot', [tree, '/usr/bin/busybox', '--install', '-s', '/usr/bin'], work, { allow: [1] })
}
