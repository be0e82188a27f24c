/**
 * `npm run build`: bundles the actions and the command into `dist/`, which is committed: an action runs from the tree of its tag, without node_modules.
 * `--check` builds beside it and fails when `dist/` is not what the sources make; two builds of the same sources are equal byte for byte.
 */
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

/** Entries by the name of their file in `dist/`. Each action's door is `src/actions/<name>.ts`. */
const doors = [
  'root',
  'setup-tools',
  'create-cluster',
  'build-images',
  'deploy-cert-manager',
  'deploy-providers',
  'apply-template',
  'collect-diagnostics',
  'plan-matrix',
  'nightly-check',
  'nightly-summary',
]
const entries = {
  ...Object.fromEntries(doors.map(name => [name, `src/actions/${name}.ts`])),
  'capi-actions': 'src/cli/start.ts',
}

/**
 * What is loaded together. An action's first line needs `base` alone; `settings` and `engine` come after it, `kubernetes` (most of all bytes) with the first
 * request to an API server, `live-view` and `command` only in the local command. Names are fixed, so that a rebuild shows as a change and not as a rename.
 */
const chunks = [
  { name: 'base', test: /src\/(host\/(action|runner|failure|version)|report\/(failure|log|markdown|redact|time|progress))\.ts$/ },
  {
    name: 'settings',
    test: /(src\/(settings\/.*|manifests\/(yaml|yaml-value|yaml-scalar|position))\.ts|node_modules\/(yaml|zod|semver)\/.*)$/,
  },
  { name: 'command', test: /node_modules\/commander\// },
  { name: 'kubernetes', test: /node_modules\/@kubernetes\// },
  { name: 'engine', test: /src\/(?!cli|actions|report\/tree\.ts).*\.ts$|node_modules\/execa\// },
  { name: 'live-view', test: /src\/report\/tree\.ts$|node_modules\/log-update\// },
].map((group, index, { length }) => ({ ...group, priority: length - index }))

const check = process.argv.includes('--check')
const scratch = await mkdtemp(join(tmpdir(), 'capi-actions-dist-'))
try {
  await bundle(scratch)
  if (check) await compare(scratch, dist)
  else await replace(scratch, dist)
} finally {
  await rm(scratch, { recursive: true, force: true })
}

async function bundle(folder: string): Promise<void> {
  const build = await rolldown({
    cwd: root,
    input: entries,
    platform: 'node',
    onLog: (level, log) => {
      if (level !== 'debug' && level !== 'info') throw new Error(`the build warns: ${log.message}`)
    },
  })
  const { output } = await build.write({
    dir: folder,
    format: 'esm',
    minify: true,
    entryFileNames: '[name].js',
    // What stands for a module that is imported late is named after that module: `chunks/run-up.js`.
    chunkFileNames: ({ name, facadeModuleId }) => `chunks/${facadeModuleId ? lateName(facadeModuleId) : name}.js`,
    codeSplitting: { groups: chunks },
  })
  const modules = output.flatMap(chunk => (chunk.type === 'chunk' ? chunk.moduleIds : []))
  await writeFile(join(folder, 'licenses.txt'), await licenses(modules))
  await build.close()
}

function lateName(id: string): string {
  const path = relative(root, id).split(sep).join('/')
  return (/^src\/(.*)\.ts$/.exec(path)?.[1] ?? /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path)
    .replaceAll(/[@]/g, '')
    .replaceAll('/', '-')
}

/** The licences of all packages that a part of is in `dist/`, each text once. */
async function licenses(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap(id => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.split(sep).join('/'))?.[0] ?? []))
  const found = await Promise.all([...folders].map(licenseOf))
  const byText = Map.groupBy(found, ({ text }) => text)
  const parts = [...byText].map(([text, packages]) => ({
    names: packages
      .map(({ name }) => name)
      .toSorted()
      .join(', '),
    text,
  }))
  return parts
    .toSorted((a, b) => (a.names < b.names ? -1 : 1))
    .map(({ names, text }) => `${names}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

async function licenseOf(folder: string): Promise<{ name: string; text: string }> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
  const file = (await readdir(folder)).find(one => /^licen[cs]e(\.|-|$)/i.test(one))
  return {
    name: `${name} ${version}`,
    text: file === undefined ? `License: ${license}` : (await readFile(join(folder, file), 'utf8')).trim(),
  }
}

/** Leaves files that did not change as they are. */
async function replace(from: string, to: string): Promise<void> {
  const made = await filesIn(from)
  for (const file of await filesIn(to)) if (!made.includes(file)) await rm(join(to, file))
  await cp(from, to, { recursive: true })
  const sizes = await Promise.all(made.map(async file => ({ file, size: (await readFile(join(from, file))).length })))
  for (const { file, size } of sizes) console.log(`${String(Math.ceil(size / 1024)).padStart(6)} KB  dist/${file}`)
  console.log(`${String(Math.ceil(sizes.reduce((sum, { size }) => sum + size, 0) / 1024)).padStart(6)} KB  in all`)
}

async function compare(fresh: string, committed: string): Promise<void> {
  const files = [...new Set([...(await filesIn(fresh)), ...(await filesIn(committed))])]
  const read = (folder: string, file: string) => readFile(join(folder, file), 'utf8').catch(() => undefined)
  const stale = []
  for (const file of files) if ((await read(fresh, file)) !== (await read(committed, file))) stale.push(file)
  if (stale.length > 0) {
    console.error(`dist/ is not what the sources make: ${stale.join(', ')}\n→ npm run build, and commit dist/`)
    process.exitCode = 1
  } else console.log(`dist/ is fresh, ${files.length} files`)
}

async function filesIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter(one => one.isFile()).map(one => relative(folder, join(one.parentPath, one.name)))
}
