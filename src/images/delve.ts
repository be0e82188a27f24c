/** Delve for an image whose manager is to be debugged: built by the Go of this machine, once per version of Go, as it must know how that lays out programs. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import { isThere } from '../host/there.ts'
import type { Work } from '../host/work.ts'
import type { Platform } from './image.ts'

const MODULE = 'github.com/go-delve/delve/cmd/dlv'

const MINUTES = 60

/**
 * @param root Folder of the manager's module, whose Go it is built by.
 * @param cache Folder in which it is kept.
 * @returns the path of its executable.
 */
export async function buildDelve(root: string, platform: Platform, cache: string, work: Work): Promise<string> {
  const { stdout } = await exec('go', ['env', 'GOVERSION', 'GOMODCACHE', 'GOHOSTOS', 'GOHOSTARCH'], work, { cwd: root, timeout: 60 })
  const [version = '', modules = '', os = '', architecture = ''] = stdout.split('\n')
  const folder = join(cache, 'delve', `${version}-${platform.os}-${platform.architecture}`)
  const isForHere = os === platform.os && architecture === platform.architecture
  const file = join(folder, 'bin', ...(isForHere ? [] : [`${platform.os}_${platform.architecture}`]), 'dlv')
  if (await isThere(file)) return file
  await mkdir(folder, { recursive: true })
  // GOBIN takes nothing that is for another machine, a GOPATH does.
  const env = {
    GOPATH: folder,
    GOBIN: '',
    GOMODCACHE: modules,
    GOOS: platform.os,
    GOARCH: platform.architecture,
    CGO_ENABLED: '0',
    GOFLAGS: '-trimpath',
    GOWORK: 'off',
    GOTOOLCHAIN: version,
  }
  const install = (wanted: string) =>
    exec('go', ['install', `${MODULE}@${wanted}`], work, { cwd: folder, env, timeout: 20 * MINUTES, echo: true, background: true })
  try {
    // One release series goes with each of Go's, but comes some weeks after it.
    await install(delveFor(version)).catch((error: unknown) => {
      work.signal.throwIfAborted()
      work.log(`there is no Delve ${delveFor(version)} for ${version} yet, trying the newest`)
      if (!(error instanceof Failure)) throw error
      return install('latest')
    })
  } catch (cause) {
    work.signal.throwIfAborted()
    if (!(cause instanceof Failure)) throw cause
    throw new Failure({
      what: `Delve cannot be built by ${version}`,
      why: cause.why,
      details: cause.details,
      remedy: 'take the `debug` entries out of tilt-settings, or set GOPROXY to a proxy that has it',
      cause,
    })
  }
  return file
}

/** `v1.26` for `go1.26.5`: the newest release of that series. Pure. */
export const delveFor = (go: string): string => {
  const series = /^go(\d+\.\d+)/.exec(go)?.[1]
  return series === undefined ? 'latest' : `v${series}`
}
