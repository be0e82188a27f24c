import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textVariables, versionFlagsOf } from '../../../src/providers/version-flags.ts'
import { filesOf } from './checkout.ts'

const source = `package version

import "fmt"

var (
	gitMajor   string // major version, always numeric
	gitVersion string
	gitCommit  string // sha1 from git
	count      int
)

var buildDate = "unknown"

func Get() string { var version string; return fmt.Sprint(gitVersion, version) }
`

test('variables that the linker can set are on the level of the package, and texts', () => {
  assert.deepEqual(textVariables(source), ['buildDate', 'gitMajor', 'gitVersion', 'gitCommit'])
})

test("a manager reports its version by the variables that its module has, and by Cluster API's own", () => {
  const goMod = 'module example.test/capx/v2\n\ngo 1.25\n\nrequire sigs.k8s.io/cluster-api v1.13.4\n'
  assert.deepEqual(versionFlagsOf(filesOf({ 'go.mod': goMod, 'version/version.go': source }), '.', 'v2.13.0'), [
    '-X example.test/capx/v2/version.gitMajor=2',
    '-X example.test/capx/v2/version.gitVersion=v2.13.0',
    '-X sigs.k8s.io/cluster-api/version.gitVersion=v2.13.0',
    '-X sigs.k8s.io/cluster-api/version.gitMajor=2',
    '-X sigs.k8s.io/cluster-api/version.gitMinor=13',
  ])
})

test('a module without such variables gets none', () => {
  assert.deepEqual(versionFlagsOf(filesOf({ 'x/go.mod': 'module example.test/x\n' }), 'x', 'v1.0.0'), [])
})
