/** What a run leaves for its post step to save; a value that JSON can hold. */
import type { EngineName } from '../host/container-engine.ts'
import type { FolderContent } from './archive.ts'

/** An image of the engine, saved by its name or, where that has a digest, by one that survives. */
export interface ImageContent {
  readonly kind: 'image'
  readonly engine: EngineName
  readonly reference: string
}

export interface SaveOrder {
  /** For the log: `go-build`. */
  readonly name: string
  readonly key: string
  readonly content: FolderContent | ImageContent
}
