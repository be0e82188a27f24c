/** The tools whose versions settings say, and what a file may say of one. */

/** As the catalogue of the tools room names them; asdf and mise do so too. */
export const toolNames = ['kind', 'kustomize', 'clusterctl', 'kubectl', 'helm'] as const

export type ToolName = (typeof toolNames)[number]

/** What a line says of a tool: its version, not judged yet, or in a sentence why there is none to install. */
export type VersionEntry = { readonly line: number } & ({ readonly version: string } | { readonly refusal: string })

export type VersionEntries = ReadonlyMap<ToolName, VersionEntry>
