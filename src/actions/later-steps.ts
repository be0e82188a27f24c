/** The command `capi-actions` for later steps of the job, by the Node that runs this action: that of the machine may be older. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Made } from '../host/work.ts'
import { forwardsOf } from '../run/port-forwards.ts'
import type { Unfinished } from '../run/up.ts'

/** All entries lie beside one another. */
const builtCommand = (): string => join(dirname(process.argv[1] ?? ''), 'capi-actions.js')

/**
 * It finds what the step has made, whatever the name of the cluster is.
 * @param recorded Told what is new in the record.
 * @returns the folder that it is in; none where there is nothing to reach, so nothing that it is needed for.
 */
export async function commandFor(
  made: Unfinished,
  { stateDir }: { readonly stateDir: string },
  recorded?: (made: Made) => void,
): Promise<readonly string[]> {
  if (forwardsOf(made).length === 0) return []
  const { openState } = await import('../run/state.ts')
  const folder = join(stateDir, 'bin')
  await (await openState(stateDir, recorded))({ kind: 'path', path: folder })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'capi-actions'), commandText(stateDir, process.execPath, builtCommand()), { mode: 0o755 })
  return [folder]
}

/** Pure. */
export const commandText = (stateDir: string, node: string, entry: string): string =>
  `#!/bin/sh
CAPI_ACTIONS_STATE_DIR="\${CAPI_ACTIONS_STATE_DIR:-${escaped(stateDir)}}" exec "${escaped(node)}" "${escaped(entry)}" "$@"
`

/** Within double quotes. */
const escaped = (text: string): string => text.replaceAll(/[\\"$`]/g, String.raw`\$&`)
