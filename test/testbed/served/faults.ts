/** Faults that the servers can be told to make, per path: what a flaky or lying download host or registry does. */
import { z } from 'zod'

const faultSchema = z.strictObject({
  /** A path, or its beginning, or a pattern in which `*` stands for anything but `/` and `**` for anything: `/github.com/**.sha256sum`. */
  path: z.string().startsWith('/'),
  /** Answers with this status instead: 403, 404, 429, 500 … */
  status: z.int().min(400).max(599).optional(),
  /** Seconds, or an HTTP date, for the Retry-After header that goes with `status`. */
  retryAfter: z.union([z.number(), z.string()]).optional(),
  /** Ends the connection after half of the body. */
  cut: z.literal(true).optional(),
  /** Falsifies a checksum or digest in what is served, or the body if it holds none. */
  checksum: z.literal(true).optional(),
  /** Sends the headers and then nothing: for so many seconds, or for ever. */
  stall: z.union([z.literal(true), z.number().positive()]).optional(),
  /** For how many requests it holds. Default: until it is cleared. */
  times: z.int().positive().optional(),
})

export const faultsSchema = z.array(faultSchema)

export type Fault = z.infer<typeof faultSchema>

/** The fault for a request to `path`, and the faults that are left after it. The first that matches holds. */
export function takeFault(faults: readonly Fault[], path: string): { fault: Fault | undefined; left: readonly Fault[] } {
  const index = faults.findIndex(fault => matches(fault.path, path))
  const fault = faults[index]
  if (fault?.times === undefined) return { fault, left: faults }
  return { fault, left: fault.times > 1 ? faults.with(index, { ...fault, times: fault.times - 1 }) : faults.toSpliced(index, 1) }
}

/** Whether a fault's path means this one. */
export function matches(pattern: string, path: string): boolean {
  if (!pattern.includes('*')) return path === pattern || path.startsWith(pattern)
  const expression = pattern
    .split(/(\*\*|\*)/)
    .map(part => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')))
    .join('')
  return new RegExp(`^${expression}$`).test(path)
}

/** A text whose every SHA-256 or SHA-512 is wrong: the first digit of each is another. */
export const falsifyChecksums = (text: string): string =>
  text.replace(/\b[0-9a-f](?=(?:[0-9a-f]{63}|[0-9a-f]{127})\b)/g, digit => (digit === '0' ? '1' : '0'))
