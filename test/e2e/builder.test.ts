/** Images by a builder of buildx, here one with the driver `remote`: Cluster API's tree with a Dockerfile that takes its args as Cluster API's does, and is built in seconds. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { forBuilder } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type ActRun, runElsewhere } from './act.ts'
import { startBuilder, type TestBuilder } from './builder.ts'
import { capiActions, demo } from './command.ts'
import { headOf } from './errors.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'

/** The manager is the released one, so that nothing is compiled; what it is built with is noted in the image. */
const dockerfile = (manager: string) => `# syntax=docker/dockerfile:1.4
ARG builder_image
ARG ARCH
FROM \${builder_image} as builder
WORKDIR /workspace
COPY ./ ./
ARG package=.
ARG ARCH
ARG ldflags
RUN --mount=type=cache,target=/root/.cache/go-build \\
    gofmt -e -l util/version && echo "\${package} \${ldflags}" > built
FROM ${manager} as manager
FROM gcr.io/distroless/static:nonroot-\${ARCH}
WORKDIR /
COPY --from=builder /workspace/built .
COPY --from=manager /manager .
ARG builder_image
ARG package
ARG note
LABEL builder="\${builder_image}" package="\${package}" note="\${note}"
USER 65532
ENTRYPOINT ["/manager"]
`

let testbed: Testbed
let builder: TestBuilder
let scratch: string
let source: string
let earlier: Machine
let run: ActRun
let outputs: Readonly<Record<'images' | 'again' | 'providers', Readonly<Record<string, string>>>>
const parsed = (text: string | undefined) => JSON.parse(text ?? '')

before(async () => {
  testbed = await startTestbed({ extras: forBuilder })
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-builder-'))
  builder = await startBuilder(testbed, 'e2e-buildx', scratch)
  source = await testbed.checkout(join(scratch, 'source'))
  await writeFile(
    join(source, 'Dockerfile'),
    dockerfile(`registry.k8s.io/cluster-api/cluster-api-controller:${testbed.versions.clusterApi}`),
  )
  earlier = await lookAtMachine()
  const env = { ...jobEnvironment(testbed, 'CAPI_ACTIONS_'), ...builder.env, SOURCE: source, PROOF: scratch }
  run = await runElsewhere(await testbed.tool('act'), 'test/e2e/workflows/builder.yml', env)
  outputs = parsed(await readFile(join(scratch, 'outputs.json'), 'utf8').catch(() => '{}'))
})
after(async () => {
  await builder.stop()
  await rm(scratch, { recursive: true, force: true })
})

test("a provider's image is built by the builder from its Dockerfile, with the args that Cluster API's Makefile would give, and pushed", async () => {
  assert.equal(run.exitCode, 0)
  assert.match(parsed(outputs.images.images).core, /^localhost:5095\/cluster-api-controller:[0-9a-f]{16}@sha256:[0-9a-f]{64}$/)
  assert.equal(outputs.images.reused, '[]')
  const { config } = parsed(await readFile(join(scratch, 'config.json'), 'utf8'))
  const { builder: image, package: main, note } = config.Labels
  assert.deepEqual([image, main, note], [`docker.io/library/golang:${testbed.versions.golangImage}`, '.', 'from the workflow'])
})

test('it is not built again by a later step, which builds as the first has been told to', () => {
  assert.equal(outputs.again.images, outputs.images.images)
  assert.equal(outputs.again.reused, '["core"]')
  assert.equal(run.log.match(/✔ build core \(/g)?.length, 1)
  assert.equal(run.log.match(/✔ build core: nothing that it is built from has changed, the registry has /g)?.length, 2)
})

test('it is deployed, and nothing is left on the machine', async () => {
  const { core } = parsed(outputs.providers.providers)
  assert.equal(core.image, parsed(outputs.images.images).core.replace(/@.*/, ''))
  assert.deepEqual(await lookAtMachine(), earlier)
})

test('a step that fails is shown with its line and what it printed; a builder that is not there, with the nearest', async () => {
  const options = { ...(await demo(testbed)), repository: source, providers: 'core', 'state-dir': join(scratch, 'state') }
  const names = { 'cluster-name': 'e2e-buildx', 'registry-name': 'e2e-buildx-registry', 'registry-port': '5095' }
  const up = (given: Record<string, string>) => capiActions(testbed, 'up', { ...options, ...names, ...given }, { environment: builder.env })
  const absent = await up({ builder: 'e2e-build' })
  assert.equal(absent.exitCode, 1)
  assert.deepEqual(headOf(absent.stderr).slice(0, 2), [
    '✖ there is no builder e2e-build, did you mean e2e-buildx?',
    'docker buildx ls has e2e-buildx, default',
  ])
  await writeFile(join(source, 'util/version/broken.go'), 'package version\n\nfunc broken() int { return } }\n')
  const broken = await up({ builder: 'e2e-buildx' })
  assert.equal(broken.exitCode, 1)
  const [what, why, ...rest] = headOf(broken.stderr)
  assert.equal(what, '✖ the image of core cannot be built by e2e-buildx')
  assert.match(
    why ?? '',
    /^RUN gofmt -e -l util\/version && echo .* exited with code 2: util\/version\/broken\.go:3:\d+: expected declaration/,
  )
  assert.ok(
    rest.some(line => line.endsWith(`${join(source, 'Dockerfile')}:10`)),
    rest.join('\n'),
  )
  await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })
  assert.deepEqual(await lookAtMachine(), earlier)
})
