import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { examine } from '../../../src/cli/doctor.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { fakeDocker, type Reply } from '../cluster/fake-docker.ts'

const provider = process.env.KIND_EXPERIMENTAL_PROVIDER
after(() => {
  if (provider === undefined) delete process.env.KIND_EXPERIMENTAL_PROVIDER
  else process.env.KIND_EXPERIMENTAL_PROVIDER = provider
})

const SOCKET = '/run/user/1000/podman/podman.sock'

async function look(rootless: boolean, service: Reply, given: Readonly<Record<string, string>> = {}) {
  const host = { security: { rootless }, cgroupVersion: 'v1', remoteSocket: { path: SOCKET } }
  await using _commands = await fakeDocker({
    'podman info': [{ stdout: JSON.stringify({ host, version: { Version: '4.3.1' } }) }],
    'podman version': [{ stdout: '4.3.1\n' }],
    'podman --url': [service],
  })
  const settings = await loadSettings({ given: { engine: 'podman', ...given }, env: { HOME: '/' }, cwd: import.meta.dirname })
  const findings = await examine(settings, { signal: new AbortController().signal, log: () => {}, waiting: () => {} })
  return findings.filter(({ subject }) => subject.includes('podman'))
}

test('a rootless podman on cgroup v1 is found out before kind refuses it, and that its service does not run', async () => {
  assert.deepEqual(await look(true, { exitCode: 125, stderr: 'Error: unable to connect to Podman socket' }), [
    { subject: 'podman', ok: true, found: 'version 4.3.1', remedy: 'install podman, its command must be on PATH' },
    {
      subject: 'rootless podman',
      ok: false,
      found: 'kind makes no nodes with a rootless podman here: it needs cgroup v2, and this machine has v1',
      remedy: "let podman be root's, or see kind.sigs.k8s.io/docs/user/rootless",
    },
    {
      subject: 'podman socket',
      ok: false,
      found: `podman has no service at ${SOCKET}: the docker provider makes its machines through it`,
      remedy: 'start it: systemctl --user start podman.socket, or podman system service --time=0',
    },
  ])
})

test('podman as root needs its service for the provider docker, and for no other', async () => {
  const subjects = async (given: Readonly<Record<string, string>>) =>
    (await look(false, { stdout: '4.3.1\n' }, given)).map(({ subject, found }) => `${subject}: ${found}`)
  assert.deepEqual(await subjects({}), ['podman: version 4.3.1', `podman socket: ${SOCKET} answers`])
  assert.deepEqual(await subjects({ providers: 'core' }), ['podman: version 4.3.1'])
  assert.deepEqual(await subjects({ kubeconfig: '/kubeconfig' }), ['podman: version 4.3.1'])
})
