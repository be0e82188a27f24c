import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeCheckout } from './checkout.ts'
import { runStep, type Transcript } from './process.ts'

let cwd: string
before(async () => {
  cwd = await makeCheckout()
})
after(() => rm(cwd, { recursive: true, force: true }))

const lines = ({ stdout }: Transcript): string[] => stdout.trimEnd().split('\n')
const annotation = (transcript: Transcript, level: 'error' | 'warning') => lines(transcript).find(line => line.startsWith(`::${level}`))

test('bad inputs fail the step with one annotation that has them all, before anything is made', async () => {
  const step = await runStep(cwd, { 'registry-port': '70000', 'clean-up': 'maybe' })
  assert.equal(step.code, 1)
  assert.match(lines(step)[0] ?? '', /^capi-actions \d+\.\d+\.\d+ on Node 24\.\d+\.\d+, \w+-\w+$/)
  assert.deepEqual(lines(step).slice(1), [
    '::error::2 settings are not valid%0A  registry-port is 70000, but must be a port number from 1 to 65535 (input registry-port)%0A  clean-up is "maybe", but must be true or false (input clean-up)',
  ])
  assert.deepEqual(step.state, { isPost: 'true' })
  assert.equal(step.outputs, '')
  assert.ok(!(await readdir(cwd)).includes('runner-temp'))
})

test('secrets are masked before anything else is said, also where another input is wrong', async () => {
  const step = await runStep(cwd, { 'registry-password': 'hunter-22', 'github-token': 'ghs_token', 'registry-port': '70000' })
  assert.equal(step.code, 1)
  assert.deepEqual(lines(step).slice(1, 3).toSorted(), ['::add-mask::ghs_token', '::add-mask::hunter-22'])
})

test('an error in a file is an annotation of that line', async () => {
  await writeFile(join(cwd, 'tilt-settings.yaml'), '# ours\nkind_cluster_nam: x\n')
  try {
    const step = await runStep(cwd, {})
    assert.equal(
      annotation(step, 'error'),
      '::error file=tilt-settings.yaml,line=2,col=1::kind_cluster_nam is no field of tilt-settings, did you mean kind_cluster_name?%0A  tilt-settings.yaml:2:1',
    )
  } finally {
    await rm(join(cwd, 'tilt-settings.yaml'))
  }
})

test('an unknown provider fails the step; secrets are masked before, and post knows where to clean up', async () => {
  const step = await runStep(cwd, { providers: 'dokcer', 'github-token': 'ghs_token', 'cluster-name': 'one' })
  assert.equal(step.code, 1)
  assert.equal(lines(step)[1], '::add-mask::ghs_token')
  assert.equal(
    annotation(step, 'error'),
    '::error::provider dokcer is unknown%0A  the repository has core, kubeadm-bootstrap, kubeadm-control-plane, docker, test-extension; clusterctl knows no release of this name%0A  → did you mean docker?%0A  input providers',
  )
  assert.deepEqual(JSON.parse(step.state.remembered ?? ''), { stateDir: join(cwd, 'runner-temp/capi-actions/one'), cleanUp: true })
  assert.match(step.summary, /^### capi-actions: ✖ failed\n\n\*\*provider dokcer is unknown\*\*\n\n.*\n\n→ did you mean docker\?\n/)
})

test('what is not acted on is a notice', async () => {
  await writeFile(join(cwd, 'tilt-settings.yaml'), 'enable_providers: [dokcer]\ntrigger_mode: manual\n')
  try {
    const step = await runStep(cwd, {})
    assert.ok(lines(step).includes('::notice::trigger_mode is not acted on: each run builds once (tilt-settings.yaml:2:1)'), step.stdout)
  } finally {
    await rm(join(cwd, 'tilt-settings.yaml'))
  }
})

test('post after a main that made nothing says so', async () => {
  const step = await runStep(cwd, {}, { isPost: 'true' })
  assert.deepEqual([step.code, lines(step)[1]], [0, 'nothing was made'])
})

test('post with clean-up switched off leaves everything and says where its record is', async () => {
  const step = await runStep(cwd, {}, { isPost: 'true', remembered: '{"stateDir":"/state","cleanUp":false}' })
  assert.deepEqual([step.code, lines(step)[1]], [0, 'clean-up is off: what was made stays, its record is in /state'])
})

test('post removes a recorded file and ends well, even when its inputs have become wrong', async () => {
  const stateDir = join(cwd, 'state')
  await mkdir(stateDir)
  await writeFile(join(stateDir, 'made.jsonl'), `${JSON.stringify({ format: 1, made: { kind: 'path', path: stateDir } })}\n`)
  const step = await runStep(cwd, { 'registry-port': 'x' }, { isPost: 'true', remembered: JSON.stringify({ stateDir, cleanUp: true }) })
  assert.equal(step.code, 0)
  assert.ok(lines(step).includes(`removed ${stateDir}`), step.stdout)
  assert.ok(!(await readdir(cwd)).includes('state'))
})

test('post only warns of what it can not do', async () => {
  const stateDir = join(cwd, 'foreign')
  await mkdir(stateDir)
  await writeFile(join(stateDir, 'made.jsonl'), '{"format":99,"made":{}}\n')
  const step = await runStep(cwd, {}, { isPost: 'true', remembered: JSON.stringify({ stateDir, cleanUp: true }) })
  assert.equal(step.code, 0)
  assert.match(
    annotation(step, 'warning') ?? '',
    /^::warning file=foreign\/made\.jsonl,line=1::the record of what was made was written by another version/,
  )
  const broken = await runStep(cwd, {}, { isPost: 'true', remembered: '{' })
  assert.equal(broken.code, 0)
  assert.match(annotation(broken, 'warning') ?? '', /^::warning::what the main step made is unknown, so nothing was removed/)
})

test('a run that fails sets the outputs that are known, and its report that can not be written hides nothing', async () => {
  const bin = join(cwd, 'broken-bin')
  await mkdir(bin)
  await writeFile(join(bin, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  await writeFile(join(bin, 'go'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
  const mirrors = ['github.com', 'api.github.com', 'dl.k8s.io', 'gcr.io'].map(host => `${host}=http://127.0.0.1:9`).join('\n')
  const run = (reportDir: string) =>
    runStep(
      cwd,
      { 'download-mirrors': mirrors, 'report-dir': reportDir },
      {},
      { env: { PATH: `${bin}:/usr/bin:/bin`, CAPI_ACTIONS_ENGINE: 'docker' } },
    )
  const step = await run('report')
  assert.equal(step.code, 1)
  assert.match(annotation(step, 'error') ?? '', /^::error::no Docker engine answers/)
  assert.match(step.outputs, new RegExp(`^report<<(\\S+)\n${join(cwd, 'report')}\n\\1$`, 'm'))
  assert.ok((await readdir(join(cwd, 'report'))).includes('run.log'))
  const hidden = await run('go.mod')
  assert.equal(hidden.code, 1)
  assert.match(annotation(hidden, 'warning') ?? '', /^::warning::the report can't be written/)
  assert.match(annotation(hidden, 'error') ?? '', /^::error::no Docker engine answers/)
  assert.doesNotMatch(hidden.outputs, /^report</m)
})

test('a cancelled job stops the step at once and leaves the rest to post', async () => {
  const bin = join(cwd, 'bin')
  await mkdir(bin)
  for (const name of ['docker', 'go']) {
    await writeFile(join(bin, name), '#!/bin/sh\nexec sleep 60\n')
    await chmod(join(bin, name), 0o755)
  }
  const mirrors = ['github.com', 'api.github.com', 'dl.k8s.io', 'gcr.io'].map(host => `${host}=http://127.0.0.1:9`).join('\n')
  const step = await runStep(
    cwd,
    { 'download-mirrors': mirrors },
    {},
    {
      env: { PATH: `${bin}:/usr/bin:/bin` },
      onFirstLine: child => setTimeout(() => child.kill('SIGTERM'), 200),
    },
  )
  assert.equal(step.code, 1)
  assert.equal(lines(step).at(-1), 'cancelled; the post step removes what was made', step.stdout)
})
