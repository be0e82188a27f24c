/** Download mirrors: another base URL for the hosts that upstream publishes on, so that nothing else has to know where files come from. */
import { Failure } from './failure.ts'

/** Base URL by upstream host: `{'github.com': 'https://mirror.example/github'}` serves `https://github.com/a/b` as `https://mirror.example/github/a/b`. */
export type DownloadMirrors = Readonly<Record<string, string>>

/** `url` as it has to be asked for: unchanged, or with scheme and host replaced by the base URL of its host's mirror. */
export function mirrored(url: string, mirrors: DownloadMirrors): string {
  const upstream = new URL(url)
  const base = mirrors[upstream.host]
  return base === undefined ? url : `${base.replace(/\/+$/, '')}${upstream.pathname}${upstream.search}`
}

/** Where a request goes. */
export interface Target {
  /** The upstream host, that mirrors are named by. */
  readonly host: string
  readonly isMirrored: boolean
  /** What is asked for; without the user and password that a mirror's base URL may have, so it can be shown. */
  readonly address: string
  /** Authorization of the mirror, from its base URL. */
  readonly headers: Readonly<Record<string, string>>
}

/** @throws Failure when the base URL of a mirror cannot be used. */
export function aim(url: string, mirrors: DownloadMirrors): Target {
  const host = new URL(url).host
  const isMirrored = mirrors[host] !== undefined
  const asked = URL.parse(mirrored(url, mirrors))
  if (asked === null || !/^https?:$/.test(asked.protocol)) {
    throw new Failure({
      what: `the download mirror for ${host} cannot be used`,
      why: 'it is not a URL that starts with http:// or https://',
      remedy: `give the base URL that replaces https://${host}, for example https://mirror.example/${host}`,
    })
  }
  const { username, password } = asked
  asked.username = ''
  asked.password = ''
  return { host, isMirrored, address: asked.href, headers: username === '' && password === '' ? {} : basic(username, password) }
}

const basic = (username: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
})
