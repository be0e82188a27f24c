/** The diagnostics room: how a cluster is, as files for a person to read after the job. This file is its verb: from settings to a folder and what to say of it. */
import type { Settings } from '../settings/settings.ts'
import { collectDiagnostics } from './collect.ts'
import { makeFolder } from './folder.ts'
import { sayMissing } from './index-page.ts'
import { whereaboutsOf } from './whereabouts.ts'

export interface Surroundings {
  /** Folder for what nobody needs after the job. */
  readonly temporary: string
  /** Takes secrets out of every text. */
  readonly redact: (text: string) => string
  readonly signal: AbortSignal
}

export interface Diagnosis {
  readonly folder: string
  /** How many there are, beside the index. */
  readonly files: number
  /** Lines on conditions and pods that are not as they should be. */
  readonly amiss: readonly string[]
  /** Lines on what could not be collected. */
  readonly failed: readonly string[]
}

/** @throws Failure when the folder can't be made; AbortError semantics when `signal` fires. Nothing else that fails is more than a line. */
export async function diagnose(settings: Settings, { temporary, redact, signal }: Surroundings): Promise<Diagnosis> {
  const folder = await makeFolder({ ...settings, temporary })
  const wanted = { ...whereaboutsOf(settings), folder, registry: settings.registryName, redact }
  const { files, amiss, missing } = await collectDiagnostics(wanted, signal)
  const failed = missing.filter(one => one.failed).map(sayMissing)
  return { folder, files, amiss: amiss.map(redact), failed: failed.map(redact) }
}
