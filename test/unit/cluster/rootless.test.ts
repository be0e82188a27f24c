/** Engines without root's rights, as their own `info` tells of them: what kind asks of the machine, said before it is started. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { requireEngine } from '../../../src/cluster/engine.ts'
import { rootlessMisfit } from '../../../src/cluster/rootless.ts'
import { type EngineName, useEngine } from '../../../src/host/container-engine.ts'
import { fakeDocker } from './fake-docker.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const provider = process.env.KIND_EXPERIMENTAL_PROVIDER
afterEach(() => {
  if (provider === undefined) delete process.env.KIND_EXPERIMENTAL_PROVIDER
  else process.env.KIND_EXPERIMENTAL_PROVIDER = provider
})

const podman = (version: string, controllers: readonly string[] | undefined, rootless = true) => ({
  host: { security: { rootless }, cgroupVersion: version, ...(controllers && { cgroupControllers: controllers }) },
  version: { Version: '4.3.1' },
})
const docker = (version: string, more: Readonly<Record<string, boolean>> = {}) => ({
  ServerVersion: '28.2.2',
  OperatingSystem: 'Ubuntu 24.04',
  SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless', 'name=cgroupns'],
  CgroupVersion: version,
  ...more,
})

async function misfit(name: EngineName, info: object) {
  useEngine(name)
  await using _commands = await fakeDocker({ [name === 'podman' ? 'podman info' : 'info']: [{ stdout: JSON.stringify(info) }] })
  return rootlessMisfit(name, (await requireEngine(work)).rootless)
}

const cases: readonly [name: string, engine: EngineName, info: object, why: string | undefined][] = [
  ['a rootless podman on cgroup v1', 'podman', podman('v1', []), 'it needs cgroup v2, and this machine has v1'],
  ['a rootless docker on cgroup v1', 'docker', docker('1'), 'it needs cgroup v2, and this machine has v1'],
  ['a rootless podman without cpu', 'podman', podman('v2', ['memory', 'pids']), "systemd doesn't delegate cpu to its user"],
  ['a rootless podman without any', 'podman', podman('v2', []), "systemd doesn't delegate cpu, memory, pids to its user"],
  ['a rootless docker without cpu', 'docker', docker('2', { CPUShares: false }), "systemd doesn't delegate cpu to its user"],
  ['a rootless podman with all of them', 'podman', podman('v2', ['cpuset', 'cpu', 'io', 'memory', 'pids']), undefined],
  ['a podman that does not tell', 'podman', podman('v2', undefined), undefined],
  ['a rootless docker with all of them', 'docker', docker('2'), undefined],
  ["a podman of root's on cgroup v1", 'podman', podman('v1', [], false), undefined],
  ["a docker of root's on cgroup v1", 'docker', { ...docker('1'), SecurityOptions: ['name=seccomp,profile=default'] }, undefined],
]

for (const [name, engine, info, why] of cases)
  test(`${name} ${why === undefined ? 'will do' : 'is refused, with what to do'}`, async () => {
    const failure = await misfit(engine, info)
    assert.equal(failure?.why, why)
    if (failure === undefined) return
    assert.equal(failure.what, `kind makes no nodes with a rootless ${engine} here`)
    assert.match(failure.remedy ?? '', /kind\.sigs\.k8s\.io\/docs\/user\/rootless/)
  })
