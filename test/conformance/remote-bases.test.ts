/** Bases that kustomize fetches: by the real kustomize and git, and what is said where one cannot be had. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { chartOptions } from '../../src/components/observability.ts'
import { kustomizeBuild } from '../../src/manifests/kustomize.ts'
import { tool } from './tools.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bases-'))
})
after(() => rm(folder, { recursive: true }))

const render = async (directory: string) =>
  kustomizeBuild({ kustomize: await tool('kustomize'), directory, options: chartOptions(undefined) }, work)

/** A folder whose kustomization has this base. */
async function kustomization(base: string): Promise<string> {
  const made = await mkdtemp(join(folder, 'of-'))
  await writeFile(join(made, 'kustomization.yaml'), `resources: ["${base}"]\n`)
  return made
}

test('a base in a repository of git is fetched in the ref that is said', async () => {
  const repository = join(folder, 'repository')
  await mkdir(join(repository, 'config'), { recursive: true })
  await writeFile(join(repository, 'config/kustomization.yaml'), 'resources: [map.yaml]\n')
  await writeFile(
    join(repository, 'config/map.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-git, labels: {v: "${UNTOUCHED}"}}\n',
  )
  const git = (...args: string[]) =>
    promisify(execFile)('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args])
  await git('init', '--quiet')
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'config')
  await git('tag', 'v1')
  const base = `file://${repository}//config?ref=v1`
  for (const directory of [base, await kustomization(base)]) assert.match(await render(directory), /v: \$\{UNTOUCHED\}\n *name: from-git/)
  await assert.rejects(render(`file://${repository}//config?ref=v9`), { remedy: 'say a `ref` that the remote base has' })
})

test('a host that is not reached is named, be it asked by git or by kustomize itself', async () => {
  const remedy =
    'a remote base could not be fetched: check that this machine reaches localhost:1, or lay a copy of the base into the repository'
  await assert.rejects(render('https://localhost:1/org/repo//config?ref=v1'), { remedy })
  await assert.rejects(render(await kustomization('https://localhost:1/release.yaml')), { remedy })
})

test('a machine without git is told to get it', async () => {
  const path = process.env.PATH
  const kustomize = await tool('kustomize')
  process.env.PATH = '/nonexistent'
  try {
    await assert.rejects(kustomizeBuild({ kustomize, directory: 'https://localhost:1/org/repo//config?ref=v1' }, work), {
      remedy: 'install git: kustomize fetches remote bases by it',
    })
  } finally {
    process.env.PATH = path
  }
})
