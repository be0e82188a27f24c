/** Where images are put for the nodes of a cluster: a registry that they pull from, or the nodes themselves. */
import type { Work } from '../host/work.ts'
import type { Blob } from './blob.ts'
import type { Reference } from './reference.ts'

export interface Manifest {
  readonly mediaType: string
  readonly digest: string
  /** As it came: its digest is over these bytes. */
  readonly body: string
}

/** An image with all that it consists of. */
export interface WholeImage {
  readonly manifest: Manifest
  /** Its layers and its configuration. */
  readonly blobs: readonly Blob[]
}

export interface ImageStore {
  /** For sentences: `the registry`. */
  readonly called: string
  /** The digest that a reference has there, or nothing where it isn't there. */
  digestOf(reference: Reference, work: Work): Promise<string | undefined>
  /** Puts all of an image there. */
  put(reference: Reference, image: WholeImage, work: Work): Promise<void>
}
