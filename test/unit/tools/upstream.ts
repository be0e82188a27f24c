/** Every download host in one fault server, and a machine with its own PATH and cache to install on. */
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { installTool, type Tool, type ToolRequest } from '../../../src/tools/install.ts'
import type { Machine } from '../../../src/tools/platform.ts'
import { type FaultServer, fakeClock, json, type Routes, rememberingWork, serve } from '../host/fault-server.ts'

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')

/** Route of GitHub's list of releases, with releases of these tags. */
export const releases = (repository: string, ...tags: string[]): Routes => ({
  [`/api.github.com/repos/${repository}/releases`]: json(tags.map(tag => ({ tag_name: tag, draft: false, prerelease: tag.includes('-') }))),
})

export interface Workshop extends AsyncDisposable {
  readonly server: FaultServer
  readonly machine: Machine
  /** Folder of the tool cache. */
  readonly cache: string
  readonly scratch: string
  readonly work: ReturnType<typeof rememberingWork>
  /** Puts a program on PATH that prints `answer` and ends with `exitCode`. Returns its path. */
  readonly program: (name: string, answer: string, exitCode?: number) => Promise<string>
  readonly install: (name: ToolRequest['name'], version: string, more?: Partial<ToolRequest>) => Promise<Tool>
  /** Paths that were asked of the server, `/host/path`. */
  readonly asked: () => string[]
}

export async function workshop(routes: Routes = {}, platform = { os: 'linux', arch: 'x64' }): Promise<Workshop> {
  const server = await serve(routes)
  const root = await mkdtemp(join(tmpdir(), 'capi-actions-test-'))
  const folders = { bin: join(root, 'bin'), cache: join(root, 'cache'), scratch: join(root, 'scratch') }
  for (const folder of Object.values(folders)) await mkdir(folder)
  const machine = {
    ...platform,
    env: { PATH: ['relative', folders.bin].join(delimiter), RUNNER_TOOL_CACHE: folders.cache, RUNNER_TEMP: folders.scratch },
  }
  const hosts = ['github.com', 'api.github.com', 'dl.k8s.io', 'get.helm.sh']
  const mirrors = Object.fromEntries(hosts.map(host => [host, `${server.base}/${host}`]))
  const work = rememberingWork()
  return {
    server,
    machine,
    cache: folders.cache,
    scratch: folders.scratch,
    work,
    async program(name, answer, exitCode = 0) {
      const path = join(folders.bin, name)
      await writeFile(path, `#!/bin/sh\ncat <<'END'\n${answer}\nEND\nexit ${exitCode}\n`)
      await chmod(path, 0o755)
      return path
    },
    install: (name, version, more = {}) => installTool({ name, version, mirrors, http: { clock: fakeClock() }, ...more }, work, machine),
    asked: () => server.requests.map(request => request.path),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}
