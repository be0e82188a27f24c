/**
 * YAML is read as kubectl reads it. kubectl (1.34) gives every file to `resource.StreamVisitor` of k8s.io/cli-runtime, which is: the decoder
 * `NewYAMLOrJSONDecoder` of k8s.io/apimachinery, which splits documents and makes JSON of them by sigs.k8s.io/yaml, and a rule to skip empty
 * ones. `reference/main.go` is that loop over those packages, and answers the JSON that kubectl goes on with (its apimachinery is 0.35.4, which
 * Cluster API's module wants: the decoder is that of 0.34.4 line by line). For kinds that kubectl knows without a server, the real command is
 * asked as well.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import test from 'node:test'
import { Failure } from '../../src/host/failure.ts'
import { parseManifests, readDocuments } from '../../src/manifests/yaml.ts'
import { canonical } from './canonical.ts'
import { type Answer, askReference } from './reference.ts'
import { tool } from './tools.ts'
import { alike, different } from './yaml-cases.ts'

test('the known traps are read as kubectl reads them, or refused by both', async () => {
  assert.ok(new Set(alike).size >= 60)
  const theirs = await askReference(alike.map(text => ({ ask: 'manifests', text })))
  const wrong = alike
    .map((text, index) => ({ text, theirs: documents(theirs[index]), ours: read(text) }))
    .filter(({ theirs, ours }) => JSON.stringify(theirs) !== JSON.stringify(ours))
  assert.deepEqual(wrong, [])
})

test('where the reading differs from that of kubectl, it differs as it is meant to', async () => {
  const theirs = await askReference(different.map(({ text }) => ({ ask: 'manifests', text })))
  const seen = different.map(({ because, text }, index) => ({ because, text, kubectl: documents(theirs[index]), ours: read(text) }))
  const meant = different.map(({ kubectl, ours, ...rest }) => ({ ...rest, kubectl: canonicals(kubectl), ours: canonicals(ours) }))
  assert.deepEqual(seen, meant)
})

/** Objects whose kinds kubectl knows by itself; what it makes of them shows in its output. */
const manifests = [
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: "yes"\n  b: |\n    x: 0644\n    ---\n  c: \'1e3\'\nimmutable: yes',
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: &x {a: b}\n  labels: *x',
  'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: !!str aGVsbG8=}\nstringData: {n: "0644"}',
  '---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n',
  'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}',
  'apiVersion: v1\nkind: ConfigMapList\nitems:\n- {metadata: {name: a}}\n- {metadata: {name: b}}',
  'apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: a\r\ndata:\r\n  a: |\r\n    x\r\n    y\r\n',
  '\uFEFFapiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {y: a, "n": b}',
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: 0x3\n  paused: on\n  template:\n    spec:\n      containers: [{name: a, ports: [{containerPort: 0o17}]}]\n      volumes: [{name: v, configMap: {name: a, defaultMode: 0644}}]',
  'apiVersion: v1\nkind: Service\nmetadata: {name: a, creationTimestamp: 2001-12-14T21:59:43Z}\nspec: {ports: [{port: 1e3, targetPort: 8_080}, {port: 2, targetPort: 12:30}]}',
]

test('the kubectl command makes of manifests what they are read as', async () => {
  const kubectl = await tool('kubectl')
  for (const text of manifests) {
    const ours = parseManifests(text, 'manifest.yaml').map(object => canonical(JSON.stringify(withLabel(object))))
    assert.deepEqual(await labelledBy(kubectl, text), ours, text)
  }
})

/** `kubectl label --local` reads manifests, sets a label and prints them, all without a server. */
async function labelledBy(kubectl: string, text: string): Promise<string[]> {
  const printed = await new Promise<string>((resolve, reject) => {
    const child = execFile(kubectl, ['label', '--local', '-f', '-', 'read=by', '-o', 'json', '--overwrite'], (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    )
    child.stdin?.end(text)
  })
  // One object after the other, each pretty-printed from the first column on.
  return printed.split(/^(?=\{)/m).map(canonical)
}

const withLabel = (object: { metadata: { labels?: Record<string, string> } }) => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, read: 'by' } },
})

const canonicals = (documents: readonly string[] | null): string[] | null => documents?.map(canonical) ?? null

const documents = (answer: Answer | undefined): string[] | null =>
  answer?.error === undefined ? canonicals(answer?.documents ?? []) : null

function read(text: string): string[] | null {
  try {
    return readDocuments(text, 'text').map(({ value }) => canonical(JSON.stringify(value)))
  } catch (error) {
    assert.ok(error instanceof Failure)
    return null
  }
}
