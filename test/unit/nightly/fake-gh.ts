/** A `gh` that answers `gh api` from a table, notes what it is asked, and fails like the real one for what the table lacks. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Call {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly token: string
  readonly host: string
}

export interface FakeGh {
  /** To be first on PATH. */
  readonly folder: string
  calls(): Promise<Call[]>
  [Symbol.asyncDispose](): Promise<void>
}

const script = `#!${process.execPath}
import { appendFileSync, readFileSync } from 'node:fs'
const [, ...args] = process.argv.slice(2)
const valueOf = name => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
const method = valueOf('--method') ?? 'GET'
const path = args.find(arg => arg.startsWith('repos/'))
const body = valueOf('--input') === '-' ? JSON.parse(readFileSync(0, 'utf8')) : null
const { GH_TOKEN: token, GH_HOST: host } = process.env
appendFileSync(new URL('calls', import.meta.url), JSON.stringify({ method, path, body, token, host }) + '\\n')
const answers = JSON.parse(readFileSync(new URL('answers', import.meta.url)))
const answer = method === 'GET' ? answers[path] : {}
if (answer === undefined) {
  console.error('gh: Resource not accessible by integration (HTTP 403)')
  process.exit(1)
}
process.stdout.write(JSON.stringify(args.includes('--slurp') ? [answer] : answer))
`

/** @param answers JSON by path. */
export async function fakeGh(answers: Readonly<Record<string, unknown>>): Promise<FakeGh> {
  const folder = await mkdtemp(join(tmpdir(), 'fake-gh-'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(join(folder, 'gh'), script)
  await chmod(join(folder, 'gh'), 0o755)
  await writeFile(join(folder, 'answers'), JSON.stringify(answers))
  await writeFile(join(folder, 'calls'), '')
  return {
    folder,
    calls: async () =>
      (await readFile(join(folder, 'calls'), 'utf8'))
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
