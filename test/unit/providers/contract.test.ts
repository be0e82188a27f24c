import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { checkContracts, type Described } from '../../../src/providers/contract.ts'

/** `1.13 v1beta2` is a release series with its contract. */
function described(name: string, version: string, ...series: string[]): Described {
  const read = (text: string) => {
    const [numbers = '', contract] = text.split(' ')
    const [major, minor] = numbers.split('.').map(Number)
    return { major: major ?? 0, minor: minor ?? 0, contract, where: `${name}.yaml` }
  }
  return { name, version, series: series.map(read), file: `${name}.yaml` }
}

const core = described('core', 'v1.13.4', '1.13 v1beta2', '1.11 v1beta2', '1.10 v1beta1')
const nothing = async () => []

async function refusal(...parameters: Parameters<typeof checkContracts>): Promise<Failure> {
  try {
    await checkContracts(...parameters)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  assert.fail('the contracts fit')
}

test('a core of v1beta2 takes providers of v1beta2 and of v1beta1', () =>
  checkContracts(core, [described('a', 'v2.9.0', '2.9 v1beta1'), described('b', 'v0.1.0', '0.1 v1beta2')], nothing))

test('a contract that core does not take is an error that names the versions that would fit, later ones too', async () => {
  const old = described('aws', 'v0.6.9', '0.6 v1alpha3', '0.7 v1alpha4')
  const newer = described('aws', 'v2.13.0', '2.13 v1beta2', '2.0 v1beta1', '0.7 v1alpha4').series
  const { what, why, remedy, where } = await refusal(core, [old], async name => (name === 'aws' ? newer : []))
  assert.deepEqual(
    { what, why, remedy, where },
    {
      what: 'aws v0.6.9 does not fit core v1.13.4',
      why: 'aws has the contract v1alpha3; core has v1beta2 and takes v1beta2 and v1beta1',
      remedy: 'use aws of v2.0 to v2.13',
      where: ['aws.yaml'],
    },
  )
})

test('a provider that is too new for core is told which core would do', async () => {
  const older = { ...core, version: 'v1.10.3' }
  const { remedy } = await refusal(older, [described('aws', 'v2.13.0', '2.13 v1beta2', '2.12 v1beta1')], nothing)
  assert.equal(remedy, 'use aws of v2.12, or core of v1.11 to v1.13')
})

test('several that do not fit are named in one error', async () => {
  const { what, remedy } = await refusal(
    core,
    [described('a', 'v0.1.0', '0.1 v1alpha4'), described('b', 'v0.2.0', '0.2 v1alpha3')],
    nothing,
  )
  assert.equal(what, 'a v0.1.0 and b v0.2.0 do not fit core v1.13.4')
  assert.equal(remedy, 'no version of a is known to fit; no version of b is known to fit')
})

test('a version that its metadata.yaml does not know has no contract', async () => {
  const { what, why } = await refusal(core, [described('aws', 'v2.14.0', '2.13 v1beta2', '2.12 v1beta1')], nothing)
  assert.deepEqual([what, why], ['the contract of provider aws v2.14.0 is unknown', 'its metadata.yaml has v2.13 and v2.12'])
})
