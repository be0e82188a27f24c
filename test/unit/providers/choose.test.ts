import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { choose, furtherReleases } from '../../../src/providers/choose.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { sayVersion } from '../../../src/settings/provider-reference.ts'

const none: ReadonlyMap<string, string> = new Map()

const CAPI = ['core', 'kubeadm-bootstrap', 'kubeadm-control-plane', 'docker', 'test-extension']

async function chosen(providers: string, inRepository: readonly string[], given: Record<string, string> = {}, otherNames = none) {
  const settings = await loadSettings({ given: { providers, ...given }, env: {}, cwd: import.meta.dirname })
  const { built, released } = choose(settings, { names: inRepository, otherNames, namesIn: () => inRepository, writtenFor: undefined })
  return { built, released: released.map(({ name, version, because }) => [name, sayVersion(version), because ?? 'said'].join(' ')) }
}

const refused = (...parameters: Parameters<typeof chosen>): Promise<Pick<Failure, 'what' | 'why' | 'remedy'>> =>
  chosen(...parameters).then(
    () => assert.fail('the providers were taken'),
    (error: unknown) => {
      assert.ok(error instanceof Failure)
      return { what: error.what, why: error.why, remedy: error.remedy }
    },
  )

test('a name alone is built where the repository has it, a name with a version is a release', async () => {
  assert.deepEqual(await chosen('kubeadm-bootstrap, kubeadm-control-plane:v1.13.4, aws:v2.13, docker', CAPI), {
    built: ['core', 'kubeadm-bootstrap', 'docker'],
    released: ['kubeadm-control-plane v1.13.4 said', 'aws v2.13 said'],
  })
})

test('a name alone that the repository has not is the newest release', async () => {
  assert.deepEqual(await chosen('docker aws', CAPI), { built: ['core', 'docker'], released: ['aws latest no version of it is said'] })
})

test('core can be a release beside providers that are built', async () => {
  assert.deepEqual(await chosen('docker core:v1.13.4', CAPI), { built: ['docker'], released: ['core v1.13.4 said'] })
})

test('without a repository, providers of Cluster API are of capi-version', async () => {
  assert.deepEqual(await chosen('docker aws:v2.13.0', [], { 'capi-version': 'v1.13.4' }), {
    built: [],
    released: ['core v1.13.4 capi-version says so', 'docker v1.13.4 capi-version says so', 'aws v2.13.0 said'],
  })
})

test('without a repository, and where capi-version says nothing, they are of the version of core, or of the one that the others have', async () => {
  assert.deepEqual((await chosen('core:v1.13 docker:v1.12.0 kubeadm-bootstrap', [])).released, [
    'core v1.13 said',
    'docker v1.12.0 said',
    'kubeadm-bootstrap v1.13 core:v1.13 says so',
  ])
  assert.deepEqual((await chosen('docker:v1.13.4 kubeadm-bootstrap:v1.13.4', [])).released, [
    'core v1.13.4 docker:v1.13.4 says so',
    'docker v1.13.4 said',
    'kubeadm-bootstrap v1.13.4 said',
  ])
})

test('a core of which nobody says the version is an error', async () => {
  assert.deepEqual(await refused('aws:v2.13.0', []), {
    what: 'it is not said which release of provider core is wanted',
    why: 'there is no Cluster API repository to build it from',
    remedy: 'say core:latest, or set capi-version',
  })
  assert.match((await refused('docker:v1.12.0 kubeadm-bootstrap:v1.13.4', [])).what, /which release of provider core/)
})

test("clusterctl's labels name providers too, and its names where one type alone has them", async () => {
  const { released } = await chosen(
    'cluster-api:v1.13.4 infrastructure-aws:v2.13.0 ipam-in-cluster:v1.0.3 helm:v0.5.3 kamaji:v0.15.0 control-plane-talos:v0.5.0 nutanix:v1.8.0',
    [],
  )
  assert.deepEqual(
    released.map(text => text.split(' ')[0]),
    ['core', 'aws', 'ipam-in-cluster', 'helm', 'kamaji-control-plane', 'talos-control-plane', 'nutanix'],
  )
})

test('a name that several types have is an error that names them', async () => {
  assert.deepEqual(await refused('kubeadm:v1.13.4', []), {
    what: 'provider kubeadm is ambiguous',
    why: 'there are kubeadm-bootstrap and kubeadm-control-plane',
    remedy: 'say kubeadm-bootstrap, kubeadm-control-plane, or several of them',
  })
})

test('an unknown provider is an error with the nearest of the repository and of clusterctl', async () => {
  assert.deepEqual(await refused('openstak:v0.14.0', CAPI), {
    what: 'provider openstak is unknown',
    why: 'the repository has core, kubeadm-bootstrap, kubeadm-control-plane, docker, test-extension; clusterctl knows no release of this name',
    remedy: 'did you mean openstack?',
  })
})

test('a provider can not be wanted in two versions', async () => {
  assert.deepEqual(await refused('docker infrastructure-docker:v1.13.4', CAPI), {
    what: 'provider docker is wanted twice',
    why: 'as docker and as infrastructure-docker:v1.13.4',
    remedy: 'keep one of them',
  })
})

test('what is no part of a release can be built only', async () => {
  assert.deepEqual(await refused('test-extension:v1.13.4', CAPI), {
    what: 'provider test-extension has no release',
    why: 'test-extension:v1.13.4 asks for one, and clusterctl knows none',
    remedy: 'say test-extension alone to build it from source, or set provider-urls',
  })
})

test('a provider of provider-urls is of the version of its URL unless the user says another', async () => {
  const urls = (version: string) => ({
    'provider-urls': `infrastructure-foo=https://github.com/org/repo/releases/${version}/infrastructure-components.yaml`,
  })
  assert.deepEqual((await chosen('foo', CAPI, urls('v0.3.0'))).released, ['foo v0.3.0 provider-urls says so'])
  assert.deepEqual((await chosen('foo:v0.4', CAPI, urls('latest'))).released, ['foo v0.4 said'])
})

test('further releases are of the version that is said with them, whatever is deployed; core is among them only where it is said', async () => {
  const further = async (said: string) => {
    const given = { providers: 'core:v1.13.4', 'capi-version': 'v1.13.4', 'clusterctl-releases': said }
    const settings = await loadSettings({ given, env: {}, cwd: import.meta.dirname })
    return furtherReleases(settings).map(({ name, version }) => `${name} ${sayVersion(version)}`)
  }
  assert.deepEqual(await further('core:v1.14.2, docker, kubeadm-bootstrap'), [
    'core v1.14.2',
    'docker v1.14.2',
    'kubeadm-bootstrap v1.14.2',
  ])
  assert.deepEqual(await further('aws:v2.14'), ['aws v2.14'])
  assert.deepEqual(await further(''), [])
  await assert.rejects(further('dokcer:v1.14.2'), { what: 'provider dokcer is unknown', where: ['input clusterctl-releases'] })
})

test('a name that several of the repository begin with is told them, and no word that is as short and of other letters', async () => {
  const { why, remedy } = await refused('core:v1.13.4 k3s', ['k3s-bootstrap', 'k3s-control-plane'])
  assert.equal(why, 'the repository has k3s-bootstrap, k3s-control-plane; clusterctl knows no release of this name')
  assert.equal(remedy, 'did you mean k3s-bootstrap and k3s-control-plane?')
  const { remedy: other } = await refused('core:v1.13.4 k4s', ['mine'])
  assert.equal(other, 'say one that the repository has, add its checkout to provider-repos, or say in provider-urls where its release is')
})

test('a name that clusterctl knows, and a provider of the repository answers to, is built and no release', async () => {
  const { built, released } = await chosen(
    'core:v1.13.4 opennebula',
    ['opennebula-infra'],
    {},
    new Map([['opennebula', 'opennebula-infra']]),
  )
  assert.deepEqual([built, released], [['opennebula-infra'], ['core v1.13.4 said']])
  assert.deepEqual((await chosen('core:v1.13.4 opennebula:v0.1.7', ['opennebula-infra'])).released, [
    'core v1.13.4 said',
    'opennebula v0.1.7 said',
  ])
})
