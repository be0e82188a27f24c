/** Part of `npm version X.Y.Z`: what a release says of itself becomes that version, and is in the commit that npm tags. */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
const file = join(root, 'src/host/version.ts')
await writeFile(file, (await readFile(file, 'utf8')).replace(/'[\d.]+'/, `'${version}'`))
// Each in a process of its own: they read the version that has just been written.
for (const script of ['scripts/docs.ts', 'scripts/build.ts']) execFileSync(process.execPath, [script], { cwd: root, stdio: 'inherit' })
execFileSync('git', ['add', '--all', 'src', 'dist', 'actions', '.github'], { cwd: root })
