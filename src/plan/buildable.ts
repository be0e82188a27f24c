/** What is built: providers with an image of their own, and what building one gives. */
import { arch } from 'node:os'
import type { PushedImage } from '../images/push.ts'
import type { Build, Provider } from '../providers/provider.ts'

/** Nodes run on this machine's engine: the same architecture, and always Linux. */
export const PLATFORM = { os: 'linux', architecture: arch() === 'x64' ? 'amd64' : arch() } as const

export interface BuiltImage extends PushedImage {
  /** Whose it is: `docker`. */
  readonly name: string
}

/** An image that a manager is deployed with. */
export type Image = Pick<PushedImage, 'reference' | 'entrypoint'>

/** A provider that has an image to be built. */
export type Buildable = Provider & { readonly build: Build }

export const isBuildable = (provider: Provider): provider is Buildable => provider.build !== undefined
