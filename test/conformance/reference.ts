/** Asks the Go libraries of the field, through the small program in `reference/` which is built when it has changed. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'

const source = join(import.meta.dirname, 'reference')

export interface Question {
  readonly ask: 'expand' | 'variables' | 'process' | 'manifests'
  readonly text: string
  readonly values?: Readonly<Record<string, string>>
}

/** `error` is set when the library refused the text (or panicked); else what was asked for is, unless it is empty. */
export interface Answer {
  readonly error?: string
  /** Base64 of the bytes. */
  readonly output?: string
  readonly variables?: Readonly<Record<string, string | null>>
  /** JSON texts. */
  readonly documents?: readonly string[]
}

/** The answers, in the order of the questions. */
export async function askReference(questions: readonly Question[]): Promise<Answer[]> {
  const child = spawn(await build(), { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(questions))
  return JSON.parse(String(await buffer(child.stdout)))
}

/** The program, named after its sources, so that it is built once. Test files run at the same time: each builds aside and moves into place. */
async function build(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(source, file)))
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'capi-actions', 'conformance')
  const program = join(folder, `reference-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(program)) return program
  await mkdir(folder, { recursive: true })
  const aside = `${program}.${process.pid}`
  await promisify(execFile)('go', ['build', '-mod=readonly', '-trimpath', '-o', aside, '.'], { cwd: source })
  await rename(aside, program)
  return program
}
