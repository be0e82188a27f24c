/** The inputs and outputs of `actions/plan-matrix`, each once: validation, its action.yml and the tables of its README come from here. */
import * as z from 'zod/mini'
import { parseYaml } from '../manifests/yaml.ts'
import { type Kind, list, object, path, text } from '../settings/kinds.ts'
import { clusterApi, kubernetes } from './support.ts'
import { knownVersion, version } from './version.ts'

export interface Input<T = unknown> {
  /** One sentence. */
  readonly docs: string
  /** What holds where nobody says anything, in words. */
  readonly defaultText: string | undefined
  /** Stands in action.yml. */
  readonly default?: string
  readonly type: string
  readonly kind: Kind<T>
}

const input = <T>(kind: Kind<T>, docs: string, defaultText?: string, stated?: string): Input<T> => ({
  docs,
  defaultText,
  ...(stated === undefined ? {} : { default: stated }),
  type: kind.type,
  kind,
})

/** Most jobs that GitHub makes of one matrix (GitHub docs, "Usage limits"). */
export const MOST_JOBS = 256

/** What a matrix is made of; what else an entry of `include` holds goes along. */
export const matrixKeys = ['capi', 'kubernetes', 'ref'] as const

/** A value of `include` or `exclude` as GitHub's matrix has them, versions with `v` in front. */
export type Entry = Readonly<Record<string, unknown>>

/** git's rules for names of refs (git-check-ref-format), and nothing that git would take for an option. */
const gitRef: Kind<string> = {
  type: 'git ref',
  schema: text().schema.check(z.regex(/^(?!-)(?!.*(?:\.\.|@\{))[^\s~^:?*[\\]+$/, 'must be a git ref: a branch, a tag or a commit')),
  fromText: said => said,
}

const mostJobs = `must be a whole number from 1 to ${MOST_JOBS}`
const jobs: Kind<number> = {
  type: 'number',
  schema: z.int(mostJobs).check(z.minimum(1, mostJobs), z.maximum(MOST_JOBS, mostJobs)),
  fromText: said => (/^\d+$/.test(said.trim()) ? Number(said) : said.trim()),
}

const matrixValues = {
  capi: z.optional(version('v1.14.2').schema),
  kubernetes: z.optional(version('v1.34.4').schema),
  ref: z.optional(z.string('must be text: put it in quotes')),
}

/** YAML, of which JSON is a part; nothing but comments is an empty list. */
const entries = (entry: z.ZodMiniType<Entry>): Kind<readonly Entry[]> => ({
  type: 'list of mappings, YAML or JSON',
  schema: z.array(entry, 'must be a list of mappings'),
  fromText: said => parseYaml(said, 'the text').value ?? [],
})

export const inputs = {
  repository: input(path(), 'Folder of the provider checkout, whose `go.mod` and `metadata.yaml` are read.', 'the working directory', '.'),
  'provider-refs': input(
    list(gitRef),
    'Branches, tags or commits of the provider to test; the files of each are read where the clone has it (`fetch-depth: 0`), else those of the checkout.',
    'the checkout itself, with an empty `ref`',
  ),
  'capi-versions': input(
    list(knownVersion('v1.14.2', 'Cluster API', Object.keys(clusterApi))),
    'Cluster API versions, or minors such as `v1.14` for the newest patch that is known.',
    'what `go.mod` requires; for Cluster API itself the newest release series of `metadata.yaml`',
  ),
  'kubernetes-versions': input(
    list(knownVersion('v1.34.4', 'Kubernetes', Object.keys(kubernetes))),
    'Kubernetes versions of management clusters, or minors such as `v1.34` for the newest patch that kind has a node image of.',
    'all minors that the Cluster API version supports as management cluster',
  ),
  include: input(
    entries(z.looseObject(matrixValues, 'must be a mapping')),
    'Entries to add, or to extend those that they match, as in a matrix of GitHub; what they add is not checked.',
  ),
  exclude: input(
    entries(object(matrixValues)),
    'Combinations to leave out: those that have all values of an entry; a minor means all of its patches.',
  ),
  'max-jobs': input(
    jobs,
    'Most jobs that the matrix may have; more is an error.',
    `\`${MOST_JOBS}\`, which is GitHub’s limit`,
    String(MOST_JOBS),
  ),
} satisfies Record<string, Input>

export type Inputs = typeof inputs
export type InputName = keyof Inputs
export type InputValue<Name extends InputName> = Inputs[Name] extends Input<infer T> ? T : never

export const outputs = {
  matrix:
    'The matrix as a JSON object, `{"include":[{"capi":"v1.14.2","kubernetes":"v1.34.4","ref":"main"}]}`, for `fromJSON` in `strategy.matrix`.',
  count: 'Number of its jobs.',
} as const
