/** Versions as users write them, and which exact version they mean. An exact version is written `v1.2.3` everywhere inside. */
import semver from 'semver'
import { Failure } from '../host/failure.ts'
import type { HttpOptions } from '../host/http.ts'
import type { Work } from '../host/work.ts'
import { catalogue, type ToolName } from './catalogue.ts'
import { newestVersion, versionsFor } from './published-versions.ts'

export type WantedVersion =
  | { readonly is: 'exact'; readonly version: string }
  | { readonly is: 'range'; readonly range: string }
  | { readonly is: 'latest' }

/**
 * Reads `v1.34.4`, `1.34.4`, a range as npm writes it (`1.34.x`, `^5.8`, `>=1.33 <1.35`), or `latest`.
 * @throws Failure for anything else.
 */
export function readWantedVersion(name: ToolName, text: string): WantedVersion {
  const wanted = text.trim()
  if (wanted === 'latest') return { is: 'latest' }
  const exact = semver.parse(wanted)
  if (exact !== null) return { is: 'exact', version: `v${exact.version}` }
  if (wanted !== '' && semver.validRange(wanted) !== null) return { is: 'range', range: wanted }
  const near = semver.coerce(wanted)
  throw new Failure({
    what: `${name}: "${text}" is not a version`,
    why: 'a version is exact (v1.34.4), a range (1.34.x, ^5.8, ">=1.33 <1.35") or latest',
    remedy: near === null ? `write latest for the newest ${name}` : `write v${near.version}, if that is what you mean`,
  })
}

/** Whether `version` will do without asking which versions there are; what `latest` means is never known here. */
export function satisfies(version: string, wanted: WantedVersion): boolean {
  if (wanted.is === 'exact') return semver.eq(version, wanted.version)
  return wanted.is === 'range' && semver.satisfies(version, wanted.range)
}

/**
 * The exact version to install: for a range and `latest` the highest published one that is no prerelease.
 * @throws Failure when none satisfies the range; HttpFailure when the list cannot be had.
 */
export async function resolveVersion(name: ToolName, wanted: WantedVersion, work: Work, http: HttpOptions): Promise<string> {
  if (wanted.is === 'exact') return wanted.version
  const source = catalogue[name].versions
  if (wanted.is === 'latest') return newestVersion(source, work, http)
  const versions = await versionsFor(source, wanted.range, work, http)
  const highest = semver.maxSatisfying(versions, wanted.range)
  if (highest !== null) return highest
  const near = nearest(semver.minVersion(wanted.range)?.version ?? '0.0.0', versions)
  throw new Failure({
    what: `${name}: no published version satisfies ${wanted.range}`,
    why: `the newest is ${semver.rsort([...versions])[0] ?? 'unknown'}`,
    remedy: near === undefined ? undefined : `use ${near}, the nearest version`,
  })
}

/** Of the same minor the highest below, else the lowest above; without such a minor the same of all. */
export function nearest(version: string, versions: readonly string[]): string | undefined {
  const sorted = semver.sort([...versions])
  const sameMinor = sorted.filter(other => semver.major(other) === semver.major(version) && semver.minor(other) === semver.minor(version))
  const candidates = sameMinor.length > 0 ? sameMinor : sorted
  return candidates.findLast(other => semver.lt(other, version)) ?? candidates[0]
}
