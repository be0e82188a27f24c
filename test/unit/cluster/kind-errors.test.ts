import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorLine, likelyCause } from '../../../src/cluster/kind-errors.ts'

const signs: [output: string, why: string][] = [
  [
    'ERROR: failed to create cluster: failed to pull image "kindest/node:v0": command "docker pull"',
    'node image kindest/node:v0 cannot be pulled',
  ],
  ['Error starting userland proxy: listen tcp4 0.0.0.0:5055: bind: address already in use', '0.0.0.0:5055 is in use'],
  ['driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated', '0.0.0.0:80 is in use'],
  ['ERROR: failed to lock config file: open /root/.kube/config.lock: file exists', 'kubeconfig lock /root/.kube/config.lock is there'],
  ['Failed to create inotify object: Too many open files', 'the limits for inotify are too low'],
  ['mkdir /var/lib/docker/x: no space left on device', 'no space left on device'],
  ['could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"', 'a node did not boot'],
  ['runc create failed: unable to start container process: unable to apply caps', 'the engine may not start privileged containers'],
  ['Command Output: Error: statfs /lib/modules: no such file or directory', '/lib/modules is to be mounted on a node, and is not there'],
  ['node(s) already exist for a cluster with the name "c"', 'another process has made nodes of this cluster meanwhile'],
]

for (const [output, why] of signs) {
  test(`kind's output is understood: ${why}`, () => {
    const cause = likelyCause(`Creating cluster "c" ...\n${output}\n`, 'docker')
    assert.equal(cause?.why, why)
    assert.ok(cause.remedy.length > 0)
  })
}

test("what is not known is left to kind's own words", () => {
  assert.equal(likelyCause('ERROR: something new', 'podman'), undefined)
  assert.equal(errorLine('Creating …\nERROR: failed to create cluster: something new\nmore'), 'something new')
})
