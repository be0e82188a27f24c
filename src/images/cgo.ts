/** What a manager with cgo needs of the machine that compiles it, asked before it is: the linker's own words for a missing static library help nobody. */
import { isAbsolute } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'

/** A manager as far as this is about it. */
interface Compiled {
  /** Whose it is. */
  readonly name: string
  readonly root: string
  readonly goos: string
  readonly goarch: string
  readonly mode?: { readonly race?: boolean | undefined; readonly cgo?: boolean | undefined } | undefined
}

export const needsCgo = ({ mode }: Compiled): boolean => Boolean(mode?.race || mode?.cgo)

/**
 * @throws Failure where the race detector is wanted on what is not linux/amd64 (Tilt's rule: a static one exists for that alone), something else is compiled
 * for than this machine is, or there is no C compiler or no static C library.
 */
export async function requireCgo({ name, root, goos, goarch, mode = {} }: Compiled, work: Work): Promise<void> {
  const what = mode.race ? `the manager of ${name} cannot have the race detector` : `the manager of ${name} cannot be compiled with cgo`
  const go = await goFacts(root, work)
  const here = `${go.GOHOSTOS}/${go.GOHOSTARCH}`
  const wanted = `${goos}/${goarch}`
  const remedy = mode.race ? 'leave `race_detector` out of its `debug` entry' : 'compile it without cgo'
  if (mode.race && (here !== 'linux/amd64' || wanted !== here))
    throw new Failure({
      what,
      why: `it needs linux/amd64, and this is ${here === wanted ? here : `${here}, compiling for ${wanted}`}`,
      remedy,
    })
  if (here !== wanted) throw new Failure({ what, why: `this machine is ${here}, the image is for ${wanted}`, remedy })
  const compiler = go.CC?.split(' ')[0] || 'gcc'
  const library = await staticLibrary(compiler, work)
  if (library === 'no compiler')
    throw new Failure({
      what,
      why: `there is no C compiler ${compiler}`,
      remedy: 'install gcc and libc6-dev (Debian) or gcc and glibc-static (Fedora)',
    })
  if (library === undefined)
    throw new Failure({
      what,
      why: `${compiler} finds no static C library (libc.a)`,
      remedy: 'install libc6-dev (Debian) or glibc-static (Fedora)',
    })
}

async function goFacts(root: string, work: Work): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await exec('go', ['env', 'GOHOSTOS', 'GOHOSTARCH', 'CC'], work, { cwd: root, timeout: 60 })
  const [GOHOSTOS = '', GOHOSTARCH = '', CC = ''] = stdout.split('\n')
  return { GOHOSTOS, GOHOSTARCH, CC }
}

/** Compilers answer with a path where they have found the file, else with its name as it was asked. */
async function staticLibrary(compiler: string, work: Work): Promise<string | undefined> {
  try {
    const { stdout } = await exec(compiler, ['-print-file-name=libc.a'], work, { timeout: 60 })
    return isAbsolute(stdout.trim()) ? stdout.trim() : undefined
  } catch {
    work.signal.throwIfAborted()
    return 'no compiler'
  }
}
