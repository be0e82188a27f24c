import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Failure } from '../../../src/host/failure.ts'
import { readProviders } from '../../../src/matrix/checkout.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'matrix-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const log: string[] = []
const work = { signal: new AbortController().signal, log: (line: string) => void log.push(line), waiting: () => {} }

const goMod = (version: string) => `module example.com/provider\nrequire sigs.k8s.io/cluster-api ${version}\n`
const metadata = (contract: string) => `releaseSeries:\n- {major: 1, minor: 0, contract: ${contract}}\n`

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

/** git with nothing of this machine's settings. */
const git = (root: string, ...args: string[]) =>
  promisify(execFile)('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false', ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
  })

async function commit(root: string, files: Readonly<Record<string, string>>): Promise<string> {
  await write(root, files)
  await git(root, 'add', '--all')
  await git(root, 'commit', '--message', 'files')
  return (await git(root, 'rev-parse', 'HEAD')).stdout.trim()
}

/** In short: ref, required version, contract. */
async function read(root: string, ...refs: string[]) {
  const { providers, notices } = await readProviders(root, refs, work)
  return {
    providers: providers.map(({ ref, required, contract }) => [
      ref,
      'version' in required ? required.version : required.unknown,
      contract?.name,
    ]),
    notices,
  }
}

test('without refs the files of the checkout are read', async () => {
  const root = join(folder, 'plain')
  await write(root, { 'go.mod': goMod('v1.13.4'), 'metadata.yaml': metadata('v1beta2') })
  assert.deepEqual(await readProviders(root, [], work), {
    providers: [
      {
        ref: '',
        required: { version: 'v1.13.4', by: 'go.mod' },
        contract: { name: 'v1beta2', series: 'v1.0', where: `${join(root, 'metadata.yaml')}:2:24` },
      },
    ],
    notices: [],
  })
})

test('a repository without the files, or with metadata in config, is read as far as it goes', async () => {
  await mkdir(join(folder, 'bare'))
  assert.deepEqual((await read(join(folder, 'bare'))).providers, [['', 'there is no go.mod', undefined]])
  await write(join(folder, 'kamaji'), { 'config/metadata.yaml': metadata('v1beta1') })
  assert.deepEqual((await read(join(folder, 'kamaji'))).providers, [['', 'there is no go.mod', 'v1beta1']])
})

test('a folder that is not there, and a file that is none, are refused', async () => {
  await assert.rejects(readProviders('nowhere', [], work), (error: Failure) => {
    assert.ok(error instanceof Failure)
    assert.deepEqual([error.what, error.where], ['repository is nowhere, but there is no such folder', ['input repository']])
    return true
  })
  const root = join(folder, 'odd')
  await mkdir(join(root, 'go.mod'), { recursive: true })
  await assert.rejects(readProviders(root, [], work), { what: "go.mod of the provider can't be read" })
})

test('each ref is read from the clone: branches of the remote first, then tags, branches and commits', async () => {
  const origin = join(folder, 'origin')
  await mkdir(origin)
  await git(origin, 'init', '--initial-branch', 'main')
  const first = await commit(origin, { 'go.mod': goMod('v1.9.0'), 'metadata.yaml': metadata('v1beta1') })
  await git(origin, 'tag', '--annotate', 'v1.0.0', '--message', 'one')
  await git(origin, 'branch', 'release-1.0')
  await commit(origin, { 'go.mod': goMod('v1.13.4'), 'metadata.yaml': metadata('v1beta2') })
  const clone = join(folder, 'clone')
  await git(folder, 'clone', origin, clone)
  await commit(origin, { 'go.mod': goMod('v1.14.2') })
  await git(clone, 'fetch')
  await write(clone, { 'go.mod': goMod('v1.12.0') })

  log.length = 0
  const { providers, notices } = await read(clone, 'main', 'v1.0.0', 'release-1.0', first.slice(0, 12), 'main')
  assert.deepEqual(providers, [
    ['main', 'v1.14.2', 'v1beta2'],
    ['v1.0.0', 'v1.9.0', 'v1beta1'],
    ['release-1.0', 'v1.9.0', 'v1beta1'],
    [first.slice(0, 12), 'v1.9.0', 'v1beta1'],
  ])
  assert.deepEqual([notices, log], [[], []])
})

test('the files of a ref are those of the folder, which may be one inside of a repository', async () => {
  const root = join(folder, 'many')
  await mkdir(root)
  await git(root, 'init', '--initial-branch', 'main')
  await commit(root, { 'go.mod': goMod('v1.9.0'), 'providers/one/go.mod': goMod('v1.14.2'), 'providers/one/README.md': '' })
  const { providers } = await readProviders(join(root, 'providers/one'), ['main'], work)
  assert.deepEqual(providers, [{ ref: 'main', required: { version: 'v1.14.2', by: 'go.mod' }, contract: undefined }])
})

test('a ref that the clone does not have is read from the checkout, and a notice says so', async () => {
  const notices = (refs: string) => [
    `the clone has no ${refs}: contract and Cluster API version are those of the checkout (\`fetch-depth: 0\` brings all refs)`,
  ]
  assert.deepEqual(await read(join(folder, 'clone'), 'next', 'v1.0.0', 'v9'), {
    providers: [
      ['next', 'v1.12.0', 'v1beta2'],
      ['v1.0.0', 'v1.9.0', 'v1beta1'],
      ['v9', 'v1.12.0', 'v1beta2'],
    ],
    notices: notices('next, v9'),
  })
  log.length = 0
  assert.deepEqual(await read(join(folder, 'plain'), 'main'), { providers: [['main', 'v1.13.4', 'v1beta2']], notices: notices('main') })
  assert.equal(log.length, 1)
  assert.match(log[0] ?? '', /^git rev-parse .* exited with code 128: fatal: not a git repository/)
})
