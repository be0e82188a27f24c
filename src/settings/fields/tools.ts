/** Tools and downloads. */
import { cachedThing } from '../cache.ts'
import { type Field, field, optional } from '../field.ts'
import { list, mirrors, oneOf, path, text, versionRange } from '../kinds.ts'
import { toolNames } from '../tools.ts'

export const toolsFields = {
  tools: optional(list(oneOf(...toolNames)), {
    group: 'tools',
    input: 'part',
    defaultText: '`kind kustomize clusterctl kubectl`, and `helm` where its version is said',
    docs: 'Tools that the action `setup-tools` installs; nothing else reads this.',
  }),
  versionFile: optional(path(), {
    group: 'tools',
    docs: 'File with the versions of tools whose version is not said otherwise: `.tool-versions` of asdf or mise, a `mise.toml`, or a `go.mod`, whose required Cluster API is the version of clusterctl.',
  }),
  kindVersion: field(versionRange(), {
    group: 'tools',
    default: 'v0.32.0',
    docs: 'Version of kind.',
  }),
  kustomizeVersion: field(versionRange(), {
    group: 'tools',
    default: '^5',
    docs: 'Version of kustomize.',
  }),
  clusterctlVersion: optional(versionRange(), {
    group: 'tools',
    defaultText: 'the Cluster API version of the repository, where there is one and it is a release, else `latest`',
    docs: 'Version of clusterctl.',
  }),
  kubectlVersion: optional(versionRange(), {
    group: 'tools',
    defaultText: 'the minor version of `kubernetes-version`',
    docs: 'Version of kubectl.',
  }),
  helmVersion: optional(versionRange(), {
    group: 'tools',
    defaultText:
      'none: helm is left alone; `^3.7.1` where charts are rendered or installed, or `latest` where `setup-tools` is to install it',
    docs: 'Version of helm to have on PATH afterwards, beside the tools that the run itself needs.',
  }),
  downloadMirrors: field(mirrors(), {
    group: 'tools',
    default: {},
    docs: 'What to ask instead of a download host, one per line (`github.com=https://mirror.example/github`).',
  }),
  cacheDir: optional(path(), {
    group: 'tools',
    defaultText: '`$RUNNER_TOOL_CACHE`, else `~/.cache/capi-actions`',
    docs: 'Folder in which downloaded tools are kept.',
  }),
  cache: field(list(cachedThing()), {
    group: 'tools',
    default: [],
    defaultText: 'nothing',
    docs: 'What the Actions cache keeps for later jobs: `tools`, `go` (its module and build caches), `managers` (executables), `node-image`, or `all`.',
  }),
  githubToken: optional(text(), {
    group: 'tools',
    environment: ['GITHUB_TOKEN', 'GH_TOKEN'],
    actionDefault: '${{ github.token }}',
    defaultText: '`${{ github.token }}`',
    docs: 'Token for the GitHub API, which allows few requests without one.',
    secret: true,
  }),
} satisfies Record<string, Field>
