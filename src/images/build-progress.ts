/** What a build says while it runs: BuildKit's progress as JSON becomes lines of the log, and what is left of it when a step fails becomes one sentence. */
import { z } from 'zod'
import type { Work } from '../host/work.ts'
import { complaints } from './compile.ts'

const progress = z.object({
  vertexes: z
    .array(
      z.object({
        digest: z.string(),
        name: z.string(),
        started: z.string().optional(),
        completed: z.string().optional(),
        error: z.string().optional(),
      }),
    )
    .optional(),
  logs: z.array(z.object({ vertex: z.string(), data: z.string() })).optional(),
})

interface Step {
  /** `[builder 7/8] RUN go build …` */
  readonly name: string
  readonly output: string[]
  /** Of the output, what is no whole line yet. */
  rest: string
  running: boolean
  error: string | undefined
}

export interface BuildLog {
  /** The work that `docker buildx build` is given: it says what the build does. */
  readonly work: Work
  /** What the build has said until now. */
  failed(): FailedBuild
}

export interface FailedBuild {
  /** The step that failed. */
  readonly step: { readonly name: string; readonly output: readonly string[] } | undefined
  /** Lines beside the progress: the place in the Dockerfile, and the error. */
  readonly said: readonly string[]
}

/** Listens to one `docker buildx build --progress=rawjson`. */
export function listenToBuild(work: Work): BuildLog {
  const steps = new Map<string, Step>()
  const said: string[] = []
  let shown: Step | undefined
  const take = (line: string): void => {
    const event = line.startsWith('{') ? parsed(line) : undefined
    if (event === undefined) {
      said.push(line)
      work.log(line)
      return
    }
    for (const { digest, name, started, completed, error } of event.vertexes ?? []) {
      const step = steps.get(digest) ?? { name, output: [], rest: '', running: false, error: undefined }
      if (started !== undefined && !steps.has(digest)) work.log(name)
      if (started !== undefined) steps.set(digest, step)
      step.running = started !== undefined && completed === undefined
      // What others have been stopped for is no failure of theirs.
      if (error && !/context canceled/i.test(error)) step.error = error
    }
    for (const { vertex, data } of event.logs ?? []) {
      const step = steps.get(vertex)
      if (step === undefined) continue
      const lines = `${step.rest}${Buffer.from(data, 'base64').toString()}`.split(/\r\n|[\r\n]/)
      step.rest = lines.pop() ?? ''
      step.output.push(...lines)
      lines.forEach(work.log)
    }
    const now = [...steps.values()].findLast(step => step.running)
    if (now !== undefined && now !== shown) work.waiting(shortened(now.name))
    shown = now
  }
  return {
    work: { ...work, log: take },
    failed: () => {
      const step = [...steps.values()].find(({ error }) => error !== undefined)
      return { step: step && { name: step.name, output: [...step.output, ...(step.rest === '' ? [] : [step.rest])] }, said }
    },
  }
}

function parsed(line: string): z.infer<typeof progress> | undefined {
  try {
    return progress.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

export interface BuildFault {
  /** In one sentence. */
  readonly why: string
  /** Line in the Dockerfile, from 1. */
  readonly line: number | undefined
  /** What the failed step printed, or what else was said. */
  readonly output: readonly string[]
}

/** Lines of output that an error shows. */
const LAST_LINES = 30

/** What went wrong, in a sentence, with its place. Pure. */
export function faultOf({ step, said }: FailedBuild): BuildFault {
  const error = (said.findLast(line => line.startsWith('ERROR: ')) ?? said.findLast(line => line.trim() !== '') ?? '').replace(
    /^ERROR: (failed to build: )?(failed to solve: )?/,
    '',
  )
  const at = said.map(line => /^\S.*:(\d+)$/.exec(line)?.[1]).findLast(line => line !== undefined)
  // Engines before version 23 say `executor failed running […]: exit code: 1`.
  const exit = /exit code: (\d+)$/.exec(error)?.[1]
  const first = step && complaints(step.output)[0]
  const reason = first && `${first.where}: ${first.message}`
  const why =
    step === undefined || exit === undefined
      ? error
      : [`${shortened(instructionOf(step.name))} exited with code ${exit}`, ...(reason ? [reason] : [])].join(': ')
  const output = step === undefined || step.output.length === 0 ? said : step.output
  return { why, line: at === undefined ? undefined : Number(at), output: output.slice(-LAST_LINES) }
}

/** `RUN go build` of `[builder 7/8] RUN --mount=… go build`. */
const instructionOf = (name: string): string => name.replace(/^\[[^\]]*\] /, '').replaceAll(/ --mount=\S+/g, '')

const LONGEST = 100

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line
}
