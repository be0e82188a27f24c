/** The machine that tools run on, in the words of those who publish them. */
import { Failure } from '../host/failure.ts'

export interface Platform {
  readonly os: 'linux' | 'darwin'
  readonly arch: 'amd64' | 'arm64'
}

/** What `installTool` has to know of the machine; names of system and processor are Node's. */
export interface Machine {
  readonly os: string
  readonly arch: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export const thisMachine = (): Machine => ({ os: process.platform, arch: process.arch, env: process.env })

const archs: Readonly<Record<string, Platform['arch']>> = { x64: 'amd64', arm64: 'arm64' }

/** @throws Failure where the tools are not published for the machine, or this suite was never tried. */
export function platformOf(machine: Machine, subject: string): Platform {
  const arch = archs[machine.arch]
  if ((machine.os === 'linux' || machine.os === 'darwin') && arch !== undefined) return { os: machine.os, arch }
  throw new Failure({
    what: `${subject} cannot be downloaded for ${machine.os}/${machine.arch}`,
    why: 'tools are downloaded for linux and darwin on x64 and arm64',
    remedy: `put ${subject} on PATH yourself`,
  })
}
