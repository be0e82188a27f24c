/** Renders a kustomization with the kustomize command. */
import { existsSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { missingIn, remedyForMissing } from './missing-file.ts'

export interface Kustomization {
  /** The command: a path, or a name on PATH. */
  readonly kustomize: string
  /** The folder of kustomization.yaml. */
  readonly directory: string
  /** Options of `kustomize build`: `--enable-helm`, `--load-restrictor=LoadRestrictionsNone`. */
  readonly options?: readonly string[]
}

/**
 * @returns YAML, not substituted yet.
 * @throws Failure with kustomize's own error as the reason.
 */
export async function kustomizeBuild({ kustomize, directory, options = [] }: Kustomization, work: Work): Promise<string> {
  const args = ['build', ...options, directory]
  // git asks nobody for a password: there is nobody. Collecting garbage less often makes kustomize a third faster (measured with core of Cluster API).
  const env = { GIT_TERMINAL_PROMPT: '0', GOGC: process.env.GOGC ?? '400' }
  const { stdout, stderr, exitCode } = await exec(kustomize, args, work, { allow: [1], background: true, env })
  // Deprecation warnings come on stderr and start with '#'.
  const { warnings = [], errors = [] } = Object.groupBy(lines(stderr), line => (line.startsWith('#') ? 'warnings' : 'errors'))
  if (exitCode === 0) {
    for (const line of warnings) work.log(line.replace(/^#\s*/, 'kustomize: '))
    return stdout
  }
  const why = errors.join('\n').replace(/^Error: /, '') || `it exited with code ${exitCode} and said nothing`
  const what = `kustomize build ${[...options, directory].join(' ')} failed`
  throw new Failure({ what, ...(await explained(why, directory, work)), where: directory, details: warnings })
}

async function explained(
  why: string,
  directory: string,
  work: Work,
): Promise<{ readonly why: string; readonly remedy: string | undefined }> {
  if (isAbsolute(directory) && /no such file or directory/.test(why) && !existsSync(directory))
    return {
      why: 'there is no such folder',
      remedy:
        (await remedyForMissing(directory, work)) ??
        'say where its kustomization is, as kustomize_folder in its tilt-provider file or in provider-config, or apply_provider_yaml: false there to have its image alone',
    }
  const missing = missingIn(why)
  return {
    why,
    remedy: remedyFor(why) ?? (missing === undefined ? undefined : ((await remedyForMissing(missing, work)) ?? remedyForAbsent(missing))),
  }
}

/** Git says nothing of it. */
const remedyForAbsent = (file: string): string =>
  `${basename(file)} is not in the checkout: correct the kustomization, or say in \`before-render\` of provider-config the command that writes it (or in \`hooks\`)`

/** Of what is not the kustomization's own fault: what it fetches, and the commands that kustomize runs for it. */
function remedyFor(why: string): string | undefined {
  if (/no 'git' program on path/.test(why)) return 'install git: kustomize fetches remote bases by it'
  if (/"helm": executable file not found/.test(why)) return 'set helm-version: the run then has helm, by which kustomize renders charts'
  if (
    /could not read Username|Authentication failed|Permission denied \(publickey|terminal prompts disabled|Repository not found/.test(why)
  )
    return 'let git in: the remote base asks for a login, which a step before this one must set up'
  if (/couldn't find remote ref|did not match any file|unknown revision/.test(why)) return 'say a `ref` that the remote base has'
  if (/cannot unmarshal string into Go struct field Kustomization\.patches/.test(why))
    return 'write `- path: <file>` for each of its patches: plain paths stand under patchesStrategicMerge since kustomize 5'
  const url = /https?:\/\/[^\s'"]+/.exec(why)?.[0]
  const host = url === undefined ? undefined : URL.parse(url)?.host
  if (
    /Could not resolve host|no such host|dial tcp|timeout running|Failed to connect|Connection (refused|timed out)|TLS handshake/i.test(why)
  )
    return `a remote base could not be fetched: check that this machine reaches ${host ?? 'its host'}, or lay a copy of the base into the repository`
  return undefined
}

const lines = (text: string): string[] => text.split(/\r?\n/).filter(line => line.trim() !== '')
