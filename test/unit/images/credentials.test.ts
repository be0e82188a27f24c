/** Logins that Docker knows: from a config.json, and from credential helpers that are scripts of these tests. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { serverOf } from '../../../src/host/docker-config.ts'
import { Failure } from '../../../src/host/failure.ts'
import { basicAuth, dockerLogin } from '../../../src/images/credentials.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const path = process.env.PATH
let folder: string
let file: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-actions-docker-config-'))
  file = join(folder, 'config.json')
  process.env.PATH = `${folder}${delimiter}${path}`
})
beforeEach(() => rm(file, { force: true }))
after(async () => {
  process.env.PATH = path
  await rm(folder, { recursive: true })
})

const config = (value: unknown) => writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
const login = (registry: string) => dockerLogin(registry, { DOCKER_CONFIG: folder }, work)
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A credential helper that keeps what it is asked in `asked`. */
async function helper(name: string, script: string): Promise<void> {
  const command = join(folder, `docker-credential-${name}`)
  await writeFile(command, `#!/bin/sh\n[ "$*" = get ] || exit 9\ncat > ${join(folder, 'asked')}\n${script}\n`)
  await chmod(command, 0o755)
}

test('without a config.json, or without an entry in it, nobody logs in', async () => {
  assert.equal(await login('ghcr.io'), undefined)
  await config({ auths: { 'ghcr.io': {}, 'other.example': { auth: base64('me:word') } } })
  assert.equal(await login('ghcr.io'), undefined)
  await config({ HttpHeaders: {} })
  assert.equal(await login('ghcr.io'), undefined)
})

test('what docker login has left in config.json is found by its host, or by a URL', async () => {
  await config({
    auths: {
      'ghcr.io': { auth: base64('robot$ci:a:b') },
      'https://harbor.example.org:8443/v2/': { username: 'me', password: 'word' },
      'https://index.docker.io/v1/': { auth: base64('hub:token') },
      'acr.example': { auth: base64('0000:'), identitytoken: 'refresh' },
    },
  })
  assert.deepEqual(await login('ghcr.io'), { username: 'robot$ci', secret: 'a:b', from: file })
  assert.deepEqual(await login('harbor.example.org:8443'), { username: 'me', secret: 'word', from: file })
  assert.equal(await login('harbor.example.org'), undefined)
  assert.deepEqual(await login('docker.io'), { username: 'hub', secret: 'token', from: file })
  assert.deepEqual(await login('acr.example'), { username: '0000', secret: 'refresh', identity: true, from: file })
})

test('without DOCKER_CONFIG the configuration is in the home folder', async () => {
  assert.equal(await dockerLogin('ghcr.io', { HOME: folder }, work), undefined)
})

test('a helper of the registry goes before the store of all, and that before config.json', async () => {
  await helper('one', `echo '{"ServerURL":"x","Username":"one","Secret":"1"}'`)
  await helper('all', `echo '{"ServerURL":"x","Username":"all","Secret":"2"}'`)
  await config({ credHelpers: { 'ghcr.io': 'one' }, credsStore: 'all', auths: { 'ghcr.io': { auth: base64('file:3') } } })
  assert.deepEqual(await login('ghcr.io'), { username: 'one', secret: '1', from: 'docker-credential-one' })
  assert.equal(await readFile(join(folder, 'asked'), 'utf8'), 'ghcr.io')
  assert.deepEqual(await login('docker.io'), { username: 'all', secret: '2', from: 'docker-credential-all' })
  assert.equal(await readFile(join(folder, 'asked'), 'utf8'), 'https://index.docker.io/v1/')
})

test('what a helper does not have is looked for in config.json', async () => {
  await helper('all', 'echo credentials not found in native keychain; exit 1')
  await config({ credsStore: 'all', auths: { 'ghcr.io': { auth: base64('file:3') } } })
  assert.deepEqual(await login('ghcr.io'), { username: 'file', secret: '3', from: file })
})

test("a helper's user <token> has an identity token", async () => {
  await helper('all', `echo '{"ServerURL":"x","Username":"<token>","Secret":"refresh"}'`)
  await config({ credsStore: 'all' })
  assert.deepEqual(await login('acr.example'), { username: '<token>', secret: 'refresh', from: 'docker-credential-all', identity: true })
})

for (const [how, script] of [
  ['fails', 'echo secret-word; echo secret-word >&2; exit 2'],
  ['refuses', 'echo the keychain is locked: secret-word; exit 1'],
  ['answers something else', 'echo secret-word'],
] as const)
  test(`a helper that ${how} is named, and its output is not shown`, async () => {
    await helper('all', script)
    await config({ credsStore: 'all' })
    await assert.rejects(login('ghcr.io'), (error: unknown) => {
      assert.ok(error instanceof Failure)
      assert.equal(error.what, 'docker-credential-all gives no login for ghcr.io')
      assert.ok(![error.message, ...error.details, String(error.cause), error.stack].join('\n').includes('secret-word'))
      return true
    })
  })

test('a helper that is not installed is said', async () => {
  await config({ credsStore: 'nowhere' })
  await assert.rejects(login('ghcr.io'), { why: 'docker-credential-nowhere get could not be started, the command is not on PATH' })
})

test('a config.json that is no JSON is refused without a word of it', async () => {
  await config('{"auths": secret-word')
  await assert.rejects(login('ghcr.io'), (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.message, `Docker's configuration ${file} can't be read: it is no JSON object`)
    assert.equal(error.cause, undefined)
    return true
  })
})

test('nothing is written beside config.json', async () => {
  await config({ auths: { 'ghcr.io': { auth: base64('me:word') } } })
  const before = (await readdir(folder)).toSorted()
  await login('ghcr.io')
  assert.deepEqual((await readdir(folder)).toSorted(), before)
})

test('a login is what HTTP has of it, and Docker Hub has a name of its own', () => {
  assert.equal(basicAuth({ username: 'robot$ci', secret: 'a:b', from: '' }), base64('robot$ci:a:b'))
  assert.equal(serverOf('docker.io'), 'https://index.docker.io/v1/')
  assert.equal(serverOf('ghcr.io'), 'ghcr.io')
})
