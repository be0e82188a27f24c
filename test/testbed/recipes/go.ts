/** Recipes that build Go commands from the module proxy. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../../src/host/exec.ts'
import type { Work } from '../../../src/host/work.ts'
import { type Making, type Recipe, testbedFile } from '../recipe.ts'

/** Environment of every Go command. The flags are those with which the product compiles, so that both share the compile cache. */
export const goEnvironment = {
  CGO_ENABLED: '0',
  GOFLAGS: '-buildvcs=false',
  GOWORK: 'off',
  /** The compiler has memory to spare here: collecting garbage less often makes it a tenth faster. */
  GOGC: '400',
} as const

/** Seconds that one Go command may take: a cold build of Kubernetes takes ten minutes on two cores. */
const TIMEOUT = 2400

/** Runs the go command in `cwd`. */
export const go = async (args: readonly string[], cwd: string, work: Work): Promise<string> => {
  const output = await exec('go', args, work, {
    cwd,
    env: goEnvironment,
    timeout: TIMEOUT,
    remedy: 'the test environment needs Go 1.25 or newer on PATH and a Go module proxy',
  })
  work.log(`go ${args.join(' ')}\n${output.stderr}`)
  return output.stdout
}

export interface Module {
  readonly Dir: string
  readonly GoMod: string
}

/** Downloads a module (`path@version`), verified by the checksum database, and tells where it lies. */
export const moduleOf = async (module: string, cwd: string, work: Work): Promise<Module> =>
  JSON.parse(await go(['mod', 'download', '-json', module], cwd, work)) as Module

/** A module of our own: `go install` refuses modules that have replace or exclude lines (etcd, Kubernetes, cert-manager, buildx). */
export interface OwnModule {
  /** Module versions by path. */
  readonly require: Readonly<Record<string, string>>
  readonly replace?: Readonly<Record<string, string>>
  /**
   * Takes the versions of all dependencies from this Kubernetes unless something asks for newer, so that what one recipe compiled is reused by
   * the next; its staging modules, which the module's zip leaves out, are replaced by what is published of them.
   */
  readonly likeKubernetes?: string
  /** The Go version line, which decides the runtime's compatibility settings: Kubernetes' own, else the toolchain's, unless told. */
  readonly go?: string
}

export interface GoBuild {
  readonly name: string
  readonly docs: string
  readonly module: OwnModule
  /** Packages by the name of the command that is made of them; `.` is our own program, in `program`. */
  readonly commands: Readonly<Record<string, string>>
  /** A Go file of the test environment: the main package of the module. */
  readonly program?: string
  readonly ldflags?: string
}

/** A recipe that builds `commands` from a module of our own. */
export const goBuild = (build: GoBuild): Recipe => ({
  name: build.name,
  docs: build.docs,
  inputs: { ...build, docs: undefined, flags: goEnvironment.GOFLAGS },
  needs: [],
  files: ['recipes/go.ts', ...(build.program === undefined ? [] : [build.program])],
  make: async making => {
    const module = path.join(making.dir, '.module')
    await writeModule(module, build.module, making)
    if (build.program !== undefined) await writeFile(path.join(module, 'main.go'), await readFile(testbedFile(build.program)))
    const packages = Object.values(build.commands)
    making.waiting('downloading modules')
    await go(['list', '-mod=mod', '-deps', '-f', '', ...packages], module, making)
    await making.cpu(async () => {
      const flags = ['-mod=mod', '-trimpath', '-ldflags', `-s -w ${build.ldflags ?? ''}`.trim()]
      // Compiling several commands at once writes nothing and leaves no core idle; what is left after it is linking.
      if (packages.length > 1) await go(['build', '-mod=mod', '-trimpath', ...packages], module, making)
      for (const [command, target] of Object.entries(build.commands)) {
        making.waiting(`linking ${command}`)
        await go(['build', ...flags, '-o', path.join(making.dir, command), target], module, making)
      }
    })
    await exec('rm', ['-rf', module], making)
  },
})

/** A recipe that installs one command of a module that `go install` accepts. */
export const goInstall = (name: string, docs: string, target: string, version: string, ldflags = ''): Recipe => ({
  name,
  docs,
  inputs: { target, version, ldflags, flags: goEnvironment.GOFLAGS },
  needs: [],
  files: ['recipes/go.ts'],
  make: making =>
    making.cpu(async () => {
      const env = { ...goEnvironment, GOBIN: making.dir }
      await exec('go', ['install', '-trimpath', '-ldflags', `-s -w ${ldflags}`.trim(), `${target}@${version}`], making, {
        cwd: making.dir,
        env,
        timeout: TIMEOUT,
      })
    }),
})

async function writeModule(directory: string, module: OwnModule, making: Making): Promise<void> {
  await exec('mkdir', ['-p', directory], making)
  const like = module.likeKubernetes === undefined ? undefined : await kubernetesModule(module.likeKubernetes, directory, making)
  const toolchain = (await go(['env', 'GOVERSION'], directory, making)).trim().replace(/^go/, '').split(' ')[0] ?? ''
  const replace = { ...like?.replace, ...module.replace }
  const text = moduleText(module.go ?? like?.go ?? toolchain, { ...like?.require, ...module.require }, replace)
  await writeFile(path.join(directory, 'go.mod'), text)
}

/** The text of a go.mod. */
export const moduleText = (
  goVersion: string,
  require: Readonly<Record<string, string>>,
  replace: Readonly<Record<string, string>>,
): string =>
  [
    'module testbed',
    `go ${goVersion}`,
    ...Object.entries(require).map(([module, version]) => `require ${module} ${version}`),
    ...Object.entries(replace).map(([from, to]) => `replace ${from} => ${to}`),
    '',
  ].join('\n')

export interface KubernetesModule {
  readonly go: string
  readonly require: Readonly<Record<string, string>>
  readonly replace: Readonly<Record<string, string>>
}

/** What Kubernetes' own go.mod requires, with its staging modules in their published versions. */
export async function kubernetesModule(version: string, cwd: string, work: Work): Promise<KubernetesModule> {
  const { GoMod } = await moduleOf(`k8s.io/kubernetes@${version}`, cwd, work)
  const file = JSON.parse(await go(['mod', 'edit', '-json', GoMod], cwd, work)) as {
    Go: string
    Require: { Path: string; Version: string }[]
  }
  return { go: file.Go, ...stagingReplaced(version, file.Require) }
}

/** `v1.34.4` publishes its staging modules as `v0.34.4`. */
export function stagingReplaced(version: string, require: readonly { Path: string; Version: string }[]): Omit<KubernetesModule, 'go'> {
  const published = version.replace(/^v1\./, 'v0.')
  const staging = require.filter(module => module.Version === 'v0.0.0' && module.Path.startsWith('k8s.io/'))
  return {
    require: Object.fromEntries(require.map(module => [module.Path, staging.includes(module) ? published : module.Version])),
    replace: Object.fromEntries(staging.map(module => [module.Path, `${module.Path} ${published}`])),
  }
}
