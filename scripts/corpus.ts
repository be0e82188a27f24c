/** `node scripts/corpus.ts <folder>`: reads every tilt-provider file below a folder, and says of each whether it is accepted, and what would be said of it. */
import { glob, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Failure } from '../src/host/failure.ts'
import { readTiltProviders } from '../src/providers/tilt-provider.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('node scripts/corpus.ts <folder>')

let entries = 0
const files = await Array.fromAsync(glob('**/{tilt-provider.{yaml,json},tilt.json}', { cwd: folder }))
for (const file of files.toSorted()) console.log(said(await readFile(join(folder, file), 'utf8'), file).join('\n'))
console.log(`${entries} providers`)

function said(text: string, file: string): string[] {
  try {
    const read = readTiltProviders(text, basename(file))
    entries += read.entries.length
    const names = read.entries.map(({ name }) => name).join(', ')
    return [`${file}: accepted (${names})`, ...read.notices.map(notice => `  ${notice}`)]
  } catch (error) {
    // Anything else is a bug of the reader, and is to end this.
    if (!(error instanceof Failure)) throw error
    const { what, why, remedy, where, details } = error
    return [
      `${file}: refused: ${[what, why, remedy, ...where].filter(part => part !== undefined).join(' | ')}`,
      ...details.map(detail => `  ${detail}`),
    ]
  }
}
