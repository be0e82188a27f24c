import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { sha256 } from '../../../src/images/blob.ts'
import { executableLayer } from '../../../src/images/layer.ts'
import { tarHeader, tarTrailer } from '../../../src/images/tar.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-actions-tar-'))
})
after(() => rm(folder, { recursive: true }))

for (const size of [0, 1, 511, 512, 513, 3_000_000]) {
  test(`the system's tar reads a layer with a file of ${size} bytes`, async () => {
    const file = join(folder, 'binary')
    const content = Buffer.alloc(size, 'manager ')
    await writeFile(file, content)
    const layer = await executableLayer(file, '/manager')
    const archive = await buffer(layer.open())
    assert.equal(layer.size, archive.length)
    assert.equal(layer.digest, sha256(archive))
    assert.equal(archive.length % 512, 0)
    const listed = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--utc', '--file', '-'], {
      input: archive,
      encoding: 'utf8',
    })
    assert.match(listed, new RegExp(`^-rwxr-xr-x 0/0 +${size} 1970-01-01 00:00 manager\n$`))
    const got = execFileSync('tar', ['--extract', '--to-stdout', '--file', '-', 'manager'], { input: archive, maxBuffer: 10_000_000 })
    assert.ok(got.equals(content))
  })
}

test('a layer is the same whenever its file is, whatever the date of the file', async () => {
  const [one, other] = [join(folder, 'one'), join(folder, 'other')]
  await writeFile(one, 'same')
  await writeFile(other, 'same', { mode: 0o600 })
  assert.notEqual((await stat(one)).mode, (await stat(other)).mode)
  assert.equal((await executableLayer(one, '/manager')).digest, (await executableLayer(other, '/manager')).digest)
})

test('header and trailer fill whole blocks', () => {
  assert.equal(tarHeader({ name: 'manager', size: 5, mode: 0o755 }).length, 512)
  assert.equal(tarTrailer(5).length, 507 + 1024)
  assert.equal(tarTrailer(512).length, 1024)
})
