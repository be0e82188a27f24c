/** The version that is linked into a manager, as CAPI's hack/scripts/release/version.sh does it, but without the date of the build: the same source has to give the same image. */

export interface SourceVersion {
  /** `v1.13.4` */
  readonly version: string
  readonly commit?: string | undefined
  readonly treeState?: 'clean' | 'dirty' | undefined
  /** When the source was made (the commit's date), never when it is built. */
  readonly date?: string | undefined
}

/** `-X` flags for the variables of CAPI's version package, or of another one with the same names. */
export function versionFlags(source: SourceVersion, packagePath = 'sigs.k8s.io/cluster-api/version'): string[] {
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(source.version) ?? []
  const variables = {
    gitMajor: major,
    gitMinor: minor,
    gitVersion: source.version,
    gitCommit: source.commit,
    gitTreeState: source.treeState,
    buildDate: source.date,
  }
  return Object.entries(variables).flatMap(([name, value]) => (value ? [`-X '${packagePath}.${name}=${value}'`] : []))
}
