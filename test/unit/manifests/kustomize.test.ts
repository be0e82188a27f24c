import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import type { Work } from '../../../src/host/work.ts'
import { kustomizeBuild } from '../../../src/manifests/kustomize.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kustomize-test-'))
})
after(() => rm(folder, { recursive: true, force: true }))

function work(signal = new AbortController().signal): Work & { lines: string[] } {
  const lines: string[] = []
  return { lines, signal, log: line => lines.push(line), waiting: () => {} }
}

/** A command that stands in for kustomize. */
async function script(body: string): Promise<string> {
  const file = join(folder, `kustomize-${Math.random().toString(36).slice(2)}`)
  await writeFile(file, `#!/bin/sh\n${body}\n`)
  await chmod(file, 0o755)
  return file
}

async function refusal(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof Failure)
  return error
}

test('options go before the folder, output comes back unchanged, warnings go to the log', async () => {
  const kustomize = await script(`printf 'a: 1\\n\\n%s\\n' "$*"; echo "# Warning: 'bases' is deprecated." >&2`)
  const seen = work()
  const text = await kustomizeBuild({ kustomize, directory: 'config/default', options: ['--enable-helm'] }, seen)
  assert.equal(text, 'a: 1\n\nbuild --enable-helm config/default\n')
  assert.deepEqual(seen.lines, ["kustomize: Warning: 'bases' is deprecated."])
})

test("kustomize's own error is the reason, warnings stand below", async () => {
  const kustomize = await script(
    `echo "# Warning: 'vars' is deprecated." >&2; echo 'Error: accumulating resources: no such file x.yaml' >&2; exit 1`,
  )
  const failure = await refusal(kustomizeBuild({ kustomize, directory: 'config/default' }, work()))
  assert.equal(failure.message, 'kustomize build config/default failed: accumulating resources: no such file x.yaml')
  assert.deepEqual(failure.where, ['config/default'])
  assert.deepEqual(failure.details, ["# Warning: 'vars' is deprecated."])
})

test('a kustomize that says nothing is quoted by its exit code', async () => {
  const failure = await refusal(kustomizeBuild({ kustomize: await script('exit 1'), directory: 'x' }, work()))
  assert.equal(failure.message, 'kustomize build x failed: it exited with code 1 and said nothing')
})

test('a kustomize that is not there is an error about the command', async () => {
  const failure = await refusal(kustomizeBuild({ kustomize: join(folder, 'none'), directory: 'x' }, work()))
  assert.match(failure.what, /none build x could not be started/)
})

test('an aborted build ends at once', async () => {
  const kustomize = await script('exec sleep 30')
  const controller = new AbortController()
  const started = Date.now()
  const build = kustomizeBuild({ kustomize, directory: 'x' }, work(controller.signal))
  setTimeout(() => controller.abort(), 50)
  await assert.rejects(build, { name: 'AbortError' })
  assert.ok(Date.now() - started < 5000)
})

test('a remote base that cannot be had is told by what is missing: git, the network, a login', async () => {
  const remedies: readonly (readonly [string, RegExp])[] = [
    ['no \'git\' program on path: exec: "git": executable file not found in $PATH', /^install git/],
    ["fatal: unable to access 'https://github.com/a/b/': Could not resolve host: github.com", /reaches github\.com, or lay a copy/],
    ["hit 27s timeout running '/usr/bin/git fetch --depth=1 https://git.example.org/a HEAD'", /reaches git\.example\.org/],
    ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", /asks for a login/],
    ["fatal: couldn't find remote ref v9", /say a `ref`/],
    ['exec: "helm": executable file not found in $PATH', /^set helm-version/],
  ]
  for (const [said, remedy] of remedies) {
    const kustomize = await script(`cat >&2 <<'END'\nError: accumulating resources: ${said}\nEND\nexit 1`)
    assert.match((await refusal(kustomizeBuild({ kustomize, directory: '/x' }, work()))).remedy ?? '', remedy)
  }
})

test('a folder that is not there, and patches as kustomize 3 took them, are told what to write', async () => {
  const nowhere = join(folder, 'config/default')
  const absent = await script(`echo 'Error: must build at directory: lstat ${nowhere}: no such file or directory' >&2; exit 1`)
  const { why, remedy } = await refusal(kustomizeBuild({ kustomize: absent, directory: nowhere }, work()))
  assert.equal(why, 'there is no such folder')
  assert.match(remedy ?? '', /^say where its kustomization is, as kustomize_folder/)
  const old = await script(
    `echo 'Error: invalid Kustomization: json: cannot unmarshal string into Go struct field Kustomization.patches of type types.Patch' >&2; exit 1`,
  )
  assert.match((await refusal(kustomizeBuild({ kustomize: old, directory: folder }, work()))).remedy ?? '', /^write `- path: <file>`/)
})

test('a file that is not there and that git knows nothing of is told with where to say what writes it', async () => {
  const path = join(folder, 'other.yaml')
  const kustomize = await script(`echo "Error: evalsymlink failure on '${path}' : lstat ${path}: no such file or directory" >&2; exit 1`)
  assert.match(
    (await refusal(kustomizeBuild({ kustomize, directory: folder }, work()))).remedy ?? '',
    /^other\.yaml is not in the checkout: correct the kustomization, or say in `before-render`/,
  )
})
