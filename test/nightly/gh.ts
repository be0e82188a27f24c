/** Stands in for `gh api` on a machine without it: asks the server that GH_HOST names, without TLS, and fails as the real one does. */
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    method: { type: 'string', default: 'GET' },
    input: { type: 'string' },
    paginate: { type: 'boolean' },
    slurp: { type: 'boolean', default: false },
  },
})
const [command, path = ''] = positionals
if (command !== 'api') throw new Error(`gh ${command} is not stood in for`)

const response = await fetch(`http://${process.env.GH_HOST}/api/v3/${path}`, {
  method: values.method,
  headers: { authorization: `token ${process.env.GH_ENTERPRISE_TOKEN}` },
  ...(values.input === '-' ? { body: await text(process.stdin) } : {}),
})
const answer = await response.text()
if (response.ok) process.stdout.write(values.slurp ? `[${answer}]` : answer)
else {
  process.stderr.write(`gh: ${answer} (HTTP ${response.status})\n`)
  process.exitCode = 1
}
