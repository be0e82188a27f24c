/** Renders a kustomization with the kustomize command. */
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'

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
  const { stdout, stderr, exitCode } = await exec(kustomize, args, work, { allow: [1], background: true })
  // Deprecation warnings come on stderr and start with '#'.
  const { warnings = [], errors = [] } = Object.groupBy(lines(stderr), line => (line.startsWith('#') ? 'warnings' : 'errors'))
  if (exitCode === 0) {
    for (const line of warnings) work.log(line.replace(/^#\s*/, 'kustomize: '))
    return stdout
  }
  throw new Failure({
    what: `kustomize build ${[...options, directory].join(' ')} failed`,
    why: errors.join('\n').replace(/^Error: /, '') || `it exited with code ${exitCode} and said nothing`,
    where: directory,
    details: warnings,
  })
}

const lines = (text: string): string[] => text.split(/\r?\n/).filter(line => line.trim() !== '')
