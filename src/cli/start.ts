#!/usr/bin/env node
/** What `capi-actions` starts with: an older Node says what it lacks before it meets what it can't read. */
const NEEDED = 24

const found = Number.parseInt(process.versions.node, 10)
if (found < NEEDED) {
  process.stderr.write(
    `✖ capi-actions needs Node ${NEEDED} or newer\n  this is Node ${process.versions.node}\n  → install it from https://nodejs.org, or by nvm\n`,
  )
  process.exit(2)
}
await import('./main.ts')
