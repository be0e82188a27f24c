/** Commands that the test environment needs on this machine: those that are missing come from Debian's packages. */
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { exec } from '../../src/host/exec.ts'
import { Failure } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'

let installing: Promise<void> = Promise.resolve()

/** Installs the packages (by command) of the commands that are not on PATH. One installation at a time: apt has a lock of its own. */
export function needCommands(packages: Readonly<Record<string, string>>, work: Work): Promise<void> {
  const next = installing.then(() => install(packages, work))
  installing = next.catch(() => {}) // who asked for it gets the failure; the next one starts afresh
  return next
}

async function install(packages: Readonly<Record<string, string>>, work: Work): Promise<void> {
  const missing = Object.entries(packages).flatMap(([command, name]) => (onPath(command) ? [] : [name]))
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    throw new Failure({
      what: `${Object.keys(packages).join(', ')} must be on PATH`,
      why: `Debian's ${missing.join(', ')} can only be installed here as root on Debian or Ubuntu`,
      remedy: `install ${missing.join(', ')}, or use a Docker engine that runs with TESTBED=upstream`,
    })
  }
  work.waiting(`installing ${missing.join(', ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await exec('apt-get', ['update', '-qq'], work, { env })
  await exec('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...new Set(missing)], work, { env })
}

/** Whether a command is on PATH, or where root's commands are. */
export const onPath = (command: string): boolean =>
  [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'].some(directory => {
    try {
      accessSync(path.join(directory, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
