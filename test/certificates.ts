/** Certificates of an authority that nobody knows, by openssl. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** PEM texts. */
export interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** A certificate authority that nobody knows, and a certificate of it for `names` (`DNS:localhost`). */
export async function makeCertificates(...names: readonly string[]): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-certificates-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args)
  const request = (name: string, subject: string) => [
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    file(`${name}.key`),
    '-subj',
    subject,
  ]
  try {
    await openssl(...request('ca', '/CN=test authority'), '-x509', '-days', '2', '-out', file('ca.crt'))
    const extensions = ['-addext', `subjectAltName=${names.join(',')}`, '-addext', 'basicConstraints=critical,CA:FALSE']
    await openssl(
      ...request('server', '/CN=registry'),
      '-x509',
      '-days',
      '2',
      '-CA',
      file('ca.crt'),
      '-CAkey',
      file('ca.key'),
      ...extensions,
      '-out',
      file('server.crt'),
    )
    const [ca, cert, key] = await Promise.all(['ca.crt', 'server.crt', 'server.key'].map(name => readFile(file(name), 'utf8')))
    return { ca: ca ?? '', cert: cert ?? '', key: key ?? '' }
  } finally {
    await rm(folder, { recursive: true })
  }
}
