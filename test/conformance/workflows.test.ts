import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { startTestbed } from '../testbed/testbed.ts'
import { actionFiles, root, workflowFiles } from '../workflow-files.ts'

const CALLED = '.github/workflows/provider-e2e.yml'
const read = (file: string) => readFile(join(root, file), 'utf8')

let actionlint: string
let project: string
before(async () => {
  actionlint = await (await startTestbed()).tool('actionlint')
  project = await localProject()
})
after(() => rm(project, { recursive: true }))

/**
 * A repository with our actions and the workflow that others call, and nothing else: actionlint knows the inputs of what is in the same repository
 * only, and looks whether the files that an action runs are there, which they need not be to lint workflows.
 */
async function localProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-workflows-'))
  const put = async (file: string, text: string) => {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  await mkdir(join(folder, '.git'))
  for (const file of await actionFiles()) {
    const text = await read(file)
    await put(file, local(text))
    const { main, post } = parse(text).runs as { main?: string; post?: string }
    for (const script of [main, post]) if (script !== undefined) await put(join(dirname(file), script), '')
  }
  await put(CALLED, local(await read(CALLED)))
  return folder
}

/** With our release replaced by the files of the same repository. */
const local = (text: string): string =>
  text.replaceAll(/capi-actions\/capi-actions\/(\S+)@v\d\S*/g, './$1').replaceAll(/capi-actions\/capi-actions@v\d\S*/g, './')

/** actionlint's complaints about a workflow. */
async function complaints(text: string): Promise<string[]> {
  const file = join(project, '.github/workflows/linted.yml')
  await writeFile(file, local(text))
  const run = promisify(execFile)(actionlint, ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', file], { cwd: project })
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  return stdout.split('\n').filter(line => line !== '')
}

for (const file of await workflowFiles())
  test(`${file} is valid, and the inputs that it sets are there`, async () => assert.deepEqual(await complaints(await read(file)), []))

test('the workflow in the README is valid, and the inputs that it sets are there', async () => {
  const example = /```yaml\n(jobs:[\s\S]+?)```/.exec(await read('README.md'))?.[1] ?? assert.fail('README.md has no workflow')
  assert.deepEqual(await complaints(`on: push\n${example}`), [])
})

test('an input that an action or a called workflow does not have is found', async () => {
  const workflow = `on: push
jobs:
  action:
    runs-on: ubuntu-24.04
    steps:
      - uses: capi-actions/capi-actions@v1
        with:
          registry-prt: 5051
  called:
    uses: capi-actions/capi-actions/.github/workflows/provider-e2e.yml@v1
    with:
      provider: docker
`
  const found = await complaints(workflow)
  assert.equal(found.length, 2)
  assert.match(found[0] ?? '', /:8:11: input "registry-prt" is not defined/)
  assert.match(found[1] ?? '', /:12:7: input "provider" is not defined/)
})
