/** What is served: files by the URLs under which upstream publishes them, images by upstream's names. Pure: the server reads it from a file. */

/** A file that upstream publishes beside others. */
export interface Asset {
  readonly name: string
  /** Where it lies here. */
  readonly file: string
}

/** A release on GitHub. */
export interface Release {
  /** `owner/repository`. */
  readonly repository: string
  readonly tag: string
  readonly assets: readonly Asset[]
  /** How upstream publishes checksums: a file beside each asset, one file for all, or not at all. */
  readonly checksums: 'sha256sum' | 'checksums.txt' | 'none'
}

/** A file elsewhere: `dl.k8s.io/release/v1.34.4/bin/linux/amd64/kubectl`. */
export interface PlainFile {
  /** Host and path. */
  readonly url: string
  readonly file: string
  /** Suffixes under which its checksum is published: `.sha256` holds the bare hash, `.sha256sum` the hash and the name. */
  readonly checksums: readonly ('.sha256' | '.sha512' | '.sha256sum')[]
}

export interface PlainText {
  readonly url: string
  readonly text: string
}

export interface ServedImage {
  /** As a mirror sees it: `jetstack/cert-manager-webhook`. */
  readonly repository: string
  readonly tag: string
  /** The image's directory, and the digest that the tag stands for. */
  readonly directory: string
  readonly index: string
}

export interface Catalogue {
  readonly releases: readonly Release[]
  readonly files: readonly PlainFile[]
  readonly texts: readonly PlainText[]
  readonly images: readonly ServedImage[]
}

/** Digests of a file, in hex; the server computes each once. */
export type Digest = (file: string, algorithm: 'sha256' | 'sha512') => Promise<string>

export type Answer =
  | { readonly kind: 'file'; readonly file: string }
  /** `checksum`: its content is digests, so that is what a wrong checksum falsifies. */
  | { readonly kind: 'text'; readonly type: string; readonly text: string; readonly checksum: boolean }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'none' }

const NONE: Answer = { kind: 'none' }
const checksum = (text: string): Answer => ({ kind: 'text', type: 'text/plain', text, checksum: true })

/**
 * What `path` (`/github.com/…`, percent-decoded, without a query) gives.
 * @param base where the server is reached, for the URLs in API answers and redirects.
 */
export async function answer(catalogue: Catalogue, path: string, base: string, digest: Digest): Promise<Answer> {
  const url = path.replace(/^\/+/, '')
  const text = catalogue.texts.find(item => item.url === url)
  if (text) return { kind: 'text', type: 'text/plain', text: text.text, checksum: false }
  if (url.startsWith('api.github.com/')) return api(catalogue, url.slice('api.github.com/'.length), base, digest)
  if (url.startsWith('github.com/')) return download(catalogue, url.slice('github.com/'.length), base, digest)
  return plainFile(catalogue, url, digest)
}

async function plainFile(catalogue: Catalogue, url: string, digest: Digest): Promise<Answer> {
  for (const item of catalogue.files) {
    if (item.url === url) return { kind: 'file', file: item.file }
    const suffix = item.checksums.find(ending => item.url + ending === url)
    if (suffix === '.sha256') return checksum(await digest(item.file, 'sha256'))
    if (suffix === '.sha512') return checksum(await digest(item.file, 'sha512'))
    if (suffix === '.sha256sum') return checksum(sumLine(await digest(item.file, 'sha256'), lastPart(item.url)))
  }
  return NONE
}

/** `OWNER/REPOSITORY/releases/download/TAG/ASSET`, `…/releases/latest` and `…/releases/latest/download/ASSET`. A tag may hold slashes. */
async function download(catalogue: Catalogue, path: string, base: string, digest: Digest): Promise<Answer> {
  const [, repository, rest] = /^([^/]+\/[^/]+)\/releases\/(.*)$/.exec(path) ?? []
  const releases = catalogue.releases.filter(release => release.repository === repository)
  const latest = releases[0]
  if (rest === undefined || !latest) return NONE
  const home = `${base}/github.com/${repository}/releases`
  if (rest === 'latest') return { kind: 'redirect', to: `${home}/tag/${latest.tag}` }
  if (rest.startsWith('latest/download/'))
    return { kind: 'redirect', to: `${home}/download/${latest.tag}/${rest.slice('latest/download/'.length)}` }
  const release = releases.find(item => rest.startsWith(`download/${item.tag}/`))
  if (!release) return NONE
  const name = rest.slice(`download/${release.tag}/`.length)
  const asset = release.assets.find(item => item.name === name)
  if (asset) return { kind: 'file', file: asset.file }
  const text = await checksumFile(release, name, digest)
  return text === undefined ? NONE : checksum(text)
}

/** The checksum file of that name that upstream publishes in a release. */
async function checksumFile(release: Release, name: string, digest: Digest): Promise<string | undefined> {
  if (release.checksums === 'checksums.txt' && name === 'checksums.txt') {
    const lines = await Promise.all(release.assets.map(async asset => sumLine(await digest(asset.file, 'sha256'), asset.name)))
    return lines.join('')
  }
  const asset = release.assets.find(item => `${item.name}.sha256sum` === name)
  return release.checksums === 'sha256sum' && asset ? sumLine(await digest(asset.file, 'sha256'), asset.name) : undefined
}

/** A line as sha256sum prints it. */
export const sumLine = (hash: string, name: string): string => `${hash}  ${name}\n`

/** `repos/OWNER/REPOSITORY/releases`, `…/releases/latest` and `…/releases/tags/TAG`. */
async function api(catalogue: Catalogue, path: string, base: string, digest: Digest): Promise<Answer> {
  const [, repository, rest] = /^repos\/([^/]+\/[^/]+)\/releases(?:\/(.*))?$/.exec(path) ?? []
  const releases = catalogue.releases.filter(release => release.repository === repository)
  const json = (value: unknown): Answer => ({
    kind: 'text',
    type: 'application/json; charset=utf-8',
    text: JSON.stringify(value),
    checksum: true,
  })
  if (repository === undefined) return NONE
  if (rest === undefined) return json(await Promise.all(releases.map(release => releaseObject(release, base, digest))))
  const release = rest === 'latest' ? releases[0] : releases.find(item => rest === `tags/${item.tag}`)
  return release ? json(await releaseObject(release, base, digest)) : NONE
}

async function releaseObject(release: Release, base: string, digest: Digest): Promise<object> {
  const url = `${base}/github.com/${release.repository}/releases/download/${release.tag}`
  const assets = release.assets.map(async asset => ({
    name: asset.name,
    state: 'uploaded',
    browser_download_url: `${url}/${asset.name}`,
    digest: `sha256:${await digest(asset.file, 'sha256')}`,
  }))
  return { tag_name: release.tag, name: release.tag, draft: false, prerelease: false, immutable: false, assets: await Promise.all(assets) }
}

const lastPart = (url: string): string => url.slice(url.lastIndexOf('/') + 1)
