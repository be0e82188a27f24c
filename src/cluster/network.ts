/** Networks of the engine: docker and podman tell the same of them in different words. */
import { z } from 'zod'
import { engineName } from '../host/container-engine.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { docker, words } from './engine.ts'

export interface Network {
  readonly name: string
  /** The host's IPv4 address in it, if it has one. */
  readonly gateway: string | undefined
  /** Names of the containers that are joined to it and run. */
  readonly containers: readonly string[]
  /** Whether containers in it find each other by name: podman needs another program for that, which not every machine has. */
  readonly knowsNames: boolean
}

/** The network of exactly that name, or nothing. */
export async function findNetwork(name: string, work: Work): Promise<Network | undefined> {
  const output = await docker(['network', 'inspect', name], work, { allow: [1] })
  if (output.exitCode !== 0) {
    if (/no such network|not found/i.test(output.stderr)) return undefined
    throw new Failure({ what: `${engineName()} cannot inspect network ${name}`, why: output.stderr.trim().split('\n').at(-1) })
  }
  const found = JSON.parse(output.stdout)
  return engineName() === 'podman' ? ofPodman(name, found, work) : ofDocker(name, found)
}

const dockerNetworks = z.array(
  z.object({
    IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().default(''), Gateway: z.string().default('') })).nullish() }),
    Containers: z.record(z.string(), z.object({ Name: z.string() })).nullish(),
  }),
)

function ofDocker(name: string, json: unknown): Network {
  const found = dockerNetworks.parse(json)[0]
  return {
    name,
    gateway: firstAddress((found?.IPAM.Config ?? []).map(range => range.Gateway)),
    containers: Object.values(found?.Containers ?? {}).map(container => container.Name),
    knowsNames: true,
  }
}

const podmanNetworks = z.array(
  z.object({ subnets: z.array(z.object({ gateway: z.string().default('') })).nullish(), dns_enabled: z.boolean().default(false) }),
)

async function ofPodman(name: string, json: unknown, work: Work): Promise<Network> {
  const found = podmanNetworks.parse(json)[0]
  const listed = await docker(['container', 'ls', '--filter', `network=${name}`, '--format', '{{.Names}}'], work)
  return {
    name,
    gateway: firstAddress((found?.subnets ?? []).map(({ gateway }) => gateway)),
    containers: words(listed.stdout),
    knowsNames: found?.dns_enabled ?? false,
  }
}

const firstAddress = (gateways: readonly string[]): string | undefined =>
  gateways.map(gateway => gateway.replace(/\/\d+$/, '')).find(address => /^\d+\.\d+\.\d+\.\d+$/.test(address))

/** The network that kind joins its nodes to: `kind`, unless kind's own variable for the engine says otherwise. */
export const kindNetwork = (): string => process.env[`KIND_EXPERIMENTAL_${engineName().toUpperCase()}_NETWORK`] || 'kind'
