/** Values with where they were said. */

/** Where a value came from. */
export interface Source {
  readonly kind: 'input' | 'flag' | 'environment' | 'file' | 'default'
  /** As errors name it: `input providers`, `--providers`, `CAPI_KIND_CLUSTER_NAME in the environment`, `tilt-settings.yaml:3:1`, `.tool-versions:2`, `default`. */
  readonly where: string
}

/** A text with the file that it came from; text that was given directly has the name of its setting instead. */
export interface NamedText {
  readonly text: string
  readonly file: string
}

/** A YAML value that is judged where it is used, and where its parts were written. */
export interface WrittenValue {
  readonly value: unknown
  readonly positionOf: (path: readonly (string | number)[]) => string
}
