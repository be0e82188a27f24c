/** How long the built action takes from being started to its first line in the log; beside it, Node with nothing to do. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** Seconds until the first byte of standard output, per run. */
export async function benchmarkStartUp(runs: number): Promise<{ action: number[]; node: number[] }> {
  const action: number[] = []
  const node: number[] = []
  for (let index = 0; index < runs + 1; index++) {
    const times = [await firstByte([join(import.meta.dirname, '../dist/root.js')]), await firstByte(['--eval', 'console.log(1)'])] as const
    // The first run fills the file cache.
    if (index === 0) continue
    action.push(times[0])
    node.push(times[1])
  }
  return { action, node }
}

function firstByte(args: readonly string[]): Promise<number> {
  const began = performance.now()
  // An input that is refused: nothing is made, whatever the machine has.
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, 'INPUT_REGISTRY-PORT': 'none' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.stdout.once('data', () => {
      const seconds = (performance.now() - began) / 1000
      child.kill()
      child.once('close', () => resolve(seconds))
    })
  })
}
