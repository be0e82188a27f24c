import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { promisify } from 'node:util'
import { missingIn, remedyForMissing, targetsThatWrite } from '../../../src/manifests/missing-file.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const run = promisify(execFile)

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'missing-file-test-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** A repository whose Makefile writes a patch that .gitignore leaves out. */
async function repository(name: string, makefile: string): Promise<string> {
  const root = join(folder, name)
  await mkdir(join(root, 'config/default'), { recursive: true })
  await writeFile(join(root, '.gitignore'), '# made\nbin/\nconfig/default/image_patch_edited.yaml\ngenerated/\n')
  await writeFile(join(root, 'Makefile'), makefile)
  await run('git', ['-C', root, 'init', '--quiet'])
  return root
}

test('the file that is not there is read from what kustomize says', () => {
  const why = "trouble configuring builtin: evalsymlink failure on '/r/config/a.yaml' : lstat /r/config/a.yaml: no such file or directory"
  assert.equal(missingIn(why), '/r/config/a.yaml')
  assert.equal(missingIn('invalid Kustomization'), undefined)
})

test('of a file that git leaves out it is said by which line, and which target of the Makefile makes it', async () => {
  const root = await repository(
    'made',
    'generate: config/.flag\nconfig/.flag: $(TOOLS)\n\tsed s/a/b/ x > config/default/image_patch_edited.yaml\n',
  )
  assert.equal(
    await remedyForMissing(join(root, 'config/default/image_patch_edited.yaml'), work),
    'image_patch_edited.yaml is generated, git leaves it out (.gitignore:3): run `make generate` first, or set it as before-render in provider-config',
  )
})

test('a folder that git leaves out is generated as well, and a Makefile that does not tell is not named', async () => {
  const root = await repository('folder', 'all:\n\tgo build\n')
  assert.match((await remedyForMissing(join(root, 'generated/default'), work)) ?? '', /\.gitignore:4\): run what makes it first/)
})

test('of a file that git would have, or where there is no git, nothing is said', async () => {
  const root = await repository('plain', 'generate:\n\ttouch config/default/other.yaml\n')
  assert.equal(await remedyForMissing(join(root, 'config/default/other.yaml'), work), undefined)
  assert.equal(await remedyForMissing(join(folder, 'nowhere/x.yaml'), work), undefined)
})

test('of targets that write the same name into several folders the one that is called like the folder is likeliest', () => {
  const makefile = [
    '.PHONY: manifests-8.0 manifests-9.1',
    'VERSION := 8.0',
    'manifests-8.0:',
    '\tcp a "$(DIR)/$(VERSION)/operator.yaml"',
    'manifests-9.1: ## of 9.1',
    '\tcp b \\',
    '\t  "$(DIR)/$(VERSION)/operator.yaml"',
    'other:',
    '\tcp c my-operator.yaml operator.yaml.bak',
  ].join('\n')
  assert.deepEqual(targetsThatWrite(makefile, '/r/config/9.1/operator.yaml'), ['manifests-9.1', 'manifests-8.0'])
})
