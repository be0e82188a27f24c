import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Failure } from '../../../src/host/failure.ts'
import { buildImage, type DockerBuild } from '../../../src/images/docker-build.ts'

const step = (name: string, more: object) => JSON.stringify({ vertexes: [{ digest: name, name, ...more }] })
const output = (name: string, text: string) =>
  JSON.stringify({ logs: [{ vertex: name, stream: 2, data: Buffer.from(text).toString('base64') }] })
const RUN = '[builder 7/8] RUN --mount=type=cache,target=/root/.cache/go-build     go build -o manager .'
const started = { started: '2026-11-23T10:00:00Z' }
const failing = [
  step('[internal] load build definition from Dockerfile', { ...started, completed: '2026-11-23T10:00:01Z' }),
  step(RUN, started),
  output(RUN, '# sigs.k8s.io/cluster-api\nmain.go:3:5: unde'),
  output(RUN, 'fined: foo\n'),
  step('[stage-1 2/3] COPY x y', {
    ...started,
    completed: '2026-11-23T10:00:02Z',
    error: 'rpc error: code = Canceled desc = context canceled',
  }),
  step(RUN, {
    ...started,
    completed: '2026-11-23T10:00:02Z',
    error: 'process "/bin/sh -c go build" did not complete successfully: exit code: 1',
  }),
  'Dockerfile:51',
  '--------------------',
  '  51 | >>> RUN --mount=type=cache,target=/root/.cache/go-build \\',
  '--------------------',
  'ERROR: failed to build: failed to solve: process "/bin/sh -c go build" did not complete successfully: exit code: 1',
]

interface Ran {
  readonly calls: readonly string[]
  readonly lines: readonly string[]
  readonly phrases: readonly string[]
  readonly error: Failure | undefined
  readonly output: string
}

/** Builds with a docker that says `printed`, and writes what a real one writes. */
async function building(printed: readonly string[], more: Partial<DockerBuild> = {}, driver = 'remote'): Promise<Ran & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-build-'))
  await writeFile(join(folder, 'printed'), printed.map(line => `${line}\n`).join(''))
  const script = `#!/bin/sh
echo "$*|$token" >> ${folder}/calls
case "$1 $2" in
  'buildx build' | 'build '*) cat ${folder}/printed >&2; grep -qi ^ERROR ${folder}/printed && exit 1
    while [ $# -gt 0 ]; do [ "$1" = --iidfile ] && echo sha256:abc > "$2"; shift; done ;;
  'image save') while [ "$1" != --output ]; do shift; done
    echo '[]' > ${folder}/manifest.json; tar -cf "$2" -C ${folder} manifest.json ;;
  'image inspect') echo 0 ;;
esac
exit 0
`
  for (const command of ['docker', 'podman']) {
    await writeFile(join(folder, command), script.replace('echo "$*|', `echo "${command === 'docker' ? '' : 'podman '}$*|`))
    await chmod(join(folder, command), 0o755)
  }
  const path = process.env.PATH
  process.env.PATH = `${folder}:${path}`
  const lines: string[] = []
  const phrases: string[] = []
  const work = {
    signal: new AbortController().signal,
    log: (line: string) => lines.push(line),
    waiting: (phrase: string) => phrases.push(phrase),
  }
  const output = join(folder, 'out')
  const build = {
    name: 'core',
    folder: '/src',
    dockerfile: '/src/Dockerfile',
    platform: { os: 'linux', architecture: 'amd64' },
    args: {},
    secrets: {},
    hidden: [],
    output,
    ...more,
  }
  const error = await buildImage(build, { name: 'farm', driver }, work).then(
    () => undefined,
    (thrown: Failure) => thrown,
  )
  process.env.PATH = path
  const calls = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')
  return { calls, lines, phrases, error, output, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

test('a builder writes the image for the platform of the nodes into a folder, with the given args', async () => {
  const secrets = { goproxy: { variable: 'GOPROXY' }, ca: { file: '/etc/ca.pem' } }
  await using ran = await building([], { args: { ARCH: 'amd64', ldflags: '-s -w' }, secrets })
  assert.equal(ran.error, undefined)
  assert.deepEqual(ran.calls, [
    `buildx build --builder farm --provenance=false --sbom=false --progress=rawjson --file /src/Dockerfile --platform linux/amd64 --output type=oci,tar=false,dest=${ran.output} ` +
      '--build-arg ARCH=amd64 --build-arg ldflags=-s -w --secret id=goproxy,env=GOPROXY --secret id=ca,src=/etc/ca.pem /src|',
  ])
})

test('a value that is to be hidden is on no command line', async () => {
  await using ran = await building([], { args: { token: 'https://me:s3cret@proxy', ARCH: 'amd64' }, hidden: ['s3cret'] })
  assert.match(ran.calls[0] ?? '', /--build-arg token --build-arg ARCH=amd64 \/src\|https:\/\/me:s3cret@proxy$/)
})

test('an engine that can only keep what it builds gives the image out, and keeps none', async () => {
  await using ran = await building([], {}, 'docker')
  assert.equal(ran.error, undefined)
  assert.deepEqual(
    ran.calls.map(call => call.split(' ').slice(0, 2).join(' ')),
    ['buildx build', 'image save', 'image inspect', 'image rm'],
  )
  assert.match(ran.calls[0] ?? '', /--load --iidfile \S+\/out\/id /)
  assert.equal(await readFile(join(ran.output, 'manifest.json'), 'utf8'), '[]\n')
  await assert.rejects(stat(join(ran.output, 'image.tar')), { code: 'ENOENT' })
})

test('steps and what they print are lines of the log, the step that runs is what is waited for', async () => {
  await using ran = await building(failing)
  assert.deepEqual(ran.lines.slice(0, 4), [
    '[internal] load build definition from Dockerfile',
    RUN,
    '# sigs.k8s.io/cluster-api',
    'main.go:3:5: undefined: foo',
  ])
  assert.ok(ran.phrases.includes('[builder 7/8] RUN --mount=type=cache,target=/root/.cache/go-build go build -o manager .'))
})

test('a step that fails is one sentence with the line of the Dockerfile, and what it printed', async () => {
  await using ran = await building(failing)
  const { what, why, where, details, remedy } = ran.error ?? assert.fail('it was built')
  assert.equal(what, 'the image of core cannot be built by farm')
  assert.equal(why, 'RUN go build -o manager . exited with code 1: main.go:3:5: undefined: foo')
  assert.deepEqual(where, ['/src/Dockerfile:51'])
  assert.deepEqual(details, ['# sigs.k8s.io/cluster-api', 'main.go:3:5: undefined: foo'])
  assert.equal(remedy, undefined)
})

test('what fails before any step runs is said as BuildKit says it', async () => {
  const said = [
    'Dockerfile:2',
    '--------------------',
    '   2 | >>> RUM x',
    'ERROR: failed to build: failed to solve: dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)',
  ]
  await using ran = await building(said)
  assert.equal(ran.error?.why, 'dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)')
  assert.deepEqual(ran.error?.where, ['/src/Dockerfile:2'])
})

for (const [problem, said, remedy] of [
  [
    'an image that is not found',
    'failed to resolve source metadata for docker.io/library/golang:1.99: docker.io/library/golang:1.99: not found',
    /^check the names of the images/,
  ],
  [
    'a certificate that is not trusted',
    'go: x@v1: tls: failed to verify certificate: x509: certificate signed by unknown authority',
    /^the image that compiles must trust/,
  ],
  [
    'a module proxy that is out of reach',
    'go: a.b/c@v1.0.0: Get "https://proxy/": dial tcp: lookup proxy: no such host',
    /^the builder must reach the module proxy/,
  ],
  ['a full disk', 'write /x: no space left on device', /^free disk space of the builder: docker buildx prune --builder farm$/],
  ['an old Go', 'go: go.mod requires go >= 1.26.0 (running go 1.25.1; GOTOOLCHAIN=local)', /^set `builder-image` to one with a newer Go$/],
] as const)
  test(`${problem} comes with what to do`, async () => {
    await using ran = await building([`ERROR: failed to solve: ${said}`])
    assert.match(ran.error?.remedy ?? '', remedy)
  })

test("an engine whose command has BuildKit built in builds without buildx, and shows the failed step's line and output", async () => {
  const printed = [
    '#1 [internal] load build definition from Dockerfile',
    '#1 transferring dockerfile: 310B done',
    '#1 DONE 0.0s',
    '#5 [builder 2/2] RUN go build',
    '#5 0.312 main.go:3:5: undefined: foo',
    '#5 ERROR: executor failed running [/bin/sh -c go build]: exit code: 1',
    '------',
    ' > [builder 2/2] RUN go build:',
    '#5 0.312 main.go:3:5: undefined: foo',
    '------',
    'error: failed to solve: executor failed running [/bin/sh -c go build]: exit code: 1',
  ]
  await using failed = await building(printed, {}, 'engine')
  assert.match(failed.calls[0] ?? '', /^build --progress=plain --file \/src\/Dockerfile --platform linux\/amd64 --iidfile /)
  assert.equal(failed.error?.why, 'RUN go build exited with code 1: main.go:3:5: undefined: foo')
  assert.deepEqual(failed.error?.details, ['main.go:3:5: undefined: foo'])
  await using ran = await building(['#1 [internal] load build definition', '#1 DONE 0.0s'], {}, 'engine')
  assert.equal(ran.error, undefined)
  assert.equal(ran.calls.length, 4)
})

test('podman builds too, and its image is saved as OCI has it', async () => {
  await using ran = await building(['STEP 1/2: FROM scratch', 'STEP 2/2: COPY a b'], {}, 'podman')
  assert.equal(ran.error, undefined)
  assert.match(ran.calls[0] ?? '', /^podman build --file \S+ --platform linux\/amd64 --iidfile /)
  assert.match(ran.calls[1] ?? '', /^podman image save --format oci-archive --output /)
  assert.deepEqual(ran.phrases, ['FROM scratch', 'COPY a b'])
  const printed = [
    '[1/2] STEP 2/2: RUN go build',
    'main.go:3:5: undefined: foo',
    'Error: building at STEP "RUN go build": while running runtime: exit status 1',
  ]
  await using failed = await building(printed, {}, 'podman')
  assert.equal(failed.error?.why, 'RUN go build exited with code 1: main.go:3:5: undefined: foo')
})

test('what is handed in comes to every step, and an error has the line of the Dockerfile as the user has it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-handed-'))
  const dockerfile = join(folder, 'Dockerfile')
  await writeFile(dockerfile, 'FROM golang\nRUN go build\n')
  const printed = ['Dockerfile:3', '--------------------', 'ERROR: failed to solve: exit code: 1']
  await using ran = await building(printed, { dockerfile, folder, handIn: { GOPROXY: 'https://proxy.test' }, certificates: 'PEM' })
  assert.match(ran.calls[0] ?? '', /--file \S+\/out\.Dockerfile .*--build-arg GOPROXY=https:\/\/proxy\.test --build-arg SSL_CERT_FILE=\S+ /)
  assert.match(ran.calls[0] ?? '', /--secret id=capi-actions-certificates,src=\S+\/out\.crt /)
  assert.deepEqual(ran.error?.where, [`${dockerfile}:2`])
  await assert.rejects(stat(`${ran.output}.crt`), { code: 'ENOENT' })
  await rm(folder, { recursive: true })
})
