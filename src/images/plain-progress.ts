/** What builds say that don't tell their progress as JSON: BuildKit in an engine's own command, and podman. */
import type { Work } from '../host/work.ts'
import type { BuildLog } from './build-progress.ts'

interface Step {
  readonly name: string
  readonly output: string[]
  failed: boolean
}

/** Listens to `docker build --progress=plain`: `#7 [builder 2/3] RUN go build`, `#7 0.31 its output`, `#7 ERROR: …`, `#7 DONE 0.4s`. */
export function listenToPlain(work: Work): BuildLog {
  const steps = new Map<string, Step>()
  const said: string[] = []
  /** BuildKit repeats what a failed step printed between two rulers. */
  let repeated = false
  const take = (line: string): void => {
    const [, number, text = ''] = /^#(\d+) (.*)$/.exec(line) ?? []
    if (/^-{6}$/.test(line)) repeated = !repeated
    else if (number !== undefined) about(number, text)
    else if (!repeated && line.trim() !== '') {
      said.push(line)
      work.log(line)
    }
  }
  const about = (number: string, text: string): void => {
    const step = steps.get(number)
    const [, printed] = /^\d+\.\d+ ?(.*)$/.exec(text) ?? []
    if (step === undefined) {
      steps.set(number, { name: text, output: [], failed: false })
      work.log(text)
      work.waiting(text)
    } else if (printed !== undefined) {
      if (repeated) return
      step.output.push(printed)
      work.log(printed)
    } else if (text.startsWith('ERROR: ')) {
      step.failed = true
      said.push(text)
    }
  }
  return { work: { ...work, log: take }, failed: () => ({ step: [...steps.values()].find(({ failed }) => failed), said }) }
}

/** Listens to `podman build`: `[1/2] STEP 3/7: RUN go build`, then what that prints, and at the end `Error: …`. */
export function listenToPodman(work: Work): BuildLog {
  let step: Step | undefined
  const said: string[] = []
  const take = (line: string): void => {
    const [, name] = /^(?:\[\d+\/\d+\] )?STEP \d+(?:\/\d+)?: (.*)$/.exec(line) ?? []
    if (name !== undefined) {
      step = { name, output: [], failed: false }
      work.waiting(name)
    } else if (/^Error: /.test(line)) {
      if (step !== undefined) step.failed = /^RUN /i.test(step.name)
      said.push(`ERROR: ${line.replace(/^Error: (error )?/, '').replace(/exit status (\d+)$/, 'exit code: $1')}`)
    } else step?.output.push(line)
    work.log(line)
  }
  return { work: { ...work, log: take }, failed: () => ({ step: step?.failed ? step : undefined, said }) }
}
