/** `npm start`: `capi-actions up` on the demo, Cluster API's own repository with an in-memory workload cluster; without internet, on the test environment. */
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { startTestbed } from '../test/testbed/testbed.ts'

const RELEASE_HOSTS = ['https://github.com', 'https://dl.k8s.io']

const why = await whyNotUpstream()
if (why)
  console.log(`${why}: using the hermetic test environment of this repository (built once, from the Go module proxy, Debian and npm).\n`)
else process.env.TESTBED ??= 'upstream'

const testbed = await startTestbed()
const lines = (mirrors: Readonly<Record<string, string>>) => Object.entries(mirrors).map(([host, url]) => `${host}=${url}`)
const options: Record<string, string> = {
  repository: testbed.source(),
  'capi-version': testbed.versions.clusterApi,
  'cluster-name': 'capi-demo',
  'kubernetes-version': testbed.versions.kubernetes,
  'cert-manager-version': testbed.versions.certManager,
  'registry-name': 'capi-demo-registry',
  'registry-port': '5010',
  'download-mirrors': lines(testbed.downloadMirrors).join('\n'),
  'image-mirrors': lines(testbed.imageMirrors).join('\n'),
  'workload-template': 'in-memory',
  'workload-variables': 'CONTROL_PLANE_MACHINE_COUNT=1\nWORKER_MACHINE_COUNT=2',
}
const flags = Object.entries(options).flatMap(([name, value]) => (value === '' ? [] : [`--${name}`, value]))
const command = ['dist/capi-actions.js', 'up', ...flags, ...process.argv.slice(2)]
const child = spawn(process.execPath, command, { stdio: 'inherit', env: { ...process.env, ...testbed.env } })
// Ctrl-C reaches the command too; it cleans up and ends, and so do we.
process.on('SIGINT', () => {})
child.on('exit', code => {
  if (testbed.kind === 'hermetic') console.log('\nThe test environment (engine, mirrors) goes on; npm run testbed -- down stops it.')
  process.exit(code ?? 1)
})

/** Why upstream's artefacts can't be used on this machine, as the beginning of a sentence; undefined when they can. */
async function whyNotUpstream(): Promise<string | undefined> {
  if (process.env.TESTBED === 'upstream') return undefined
  const engine = await promisify(execFile)('docker', ['info'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  )
  if (!engine) return 'No Docker engine answers'
  const answers = await Promise.all(
    RELEASE_HOSTS.map(host =>
      fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(5000) }).then(
        () => true,
        () => false,
      ),
    ),
  )
  const silent = RELEASE_HOSTS.filter((_, index) => !answers[index])
  return silent.length === 0 ? undefined : `The release hosts ${silent.join(' and ')} do not answer`
}
