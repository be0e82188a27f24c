/**
 * All that can be said of one provider, each thing once: what a tilt-provider file says in `config` (CAPI book, "Developing Cluster API with Tilt", and the
 * Tiltfile of v1.14), and what Tilt has no field for. The reader, `provider-config` and the tables of docs/provider-repositories.md come from here.
 */
import { posix } from 'node:path'
import * as z from 'zod/mini'
import type { UserCommand } from '../host/command-line.ts'
import { type Field, nameOf } from '../settings/field.ts'
import { flag, type Kind, list, oneOf, text, yaml } from '../settings/kinds.ts'
import type { ProviderType } from './provider.ts'

export type ProviderField<T = unknown, D = unknown> = Omit<Field<T, D>, 'group'>

const field = <T, const D extends T>(kind: Kind<T>, said: Omit<ProviderField<T, D>, 'kind'>): ProviderField<T, T> => ({ ...said, kind })

const optional = <T>(kind: Kind<T>, said: Omit<ProviderField, 'kind' | 'default'>): ProviderField<T, undefined> => ({
  ...said,
  kind,
  default: undefined,
})

/** Tilt joins what stands here to another folder: a slash in front of it says nothing. */
export const belowFolder = (said: string): string => posix.normalize(`./${said}`).replace(/(?<=.)\/$/, '')

const formed = (type: string, schema: z.ZodMiniType<string>): Kind<string> => ({ type, schema, fromText: said => said })

const path = (): Kind<string> => formed('path', z.pipe(text().schema, z.transform(belowFolder)))

/** As it stands, with its new lines: parts of a Dockerfile. */
const lines = (): Kind<string> => formed('lines', z.string('must be text'))

const IMAGE = /^[a-z0-9][\w.-]*(:\d+)?(\/[\w.-]+)*(:[\w][\w.-]*)?(@sha256:[0-9a-f]{64})?$/i

const image = (): Kind<string> =>
  formed(
    'image',
    text().schema.check(
      z.refine(said => !said.includes('://'), 'must be an image reference such as ghcr.io/org/name, not a URL'),
      z.refine(said => said.includes('://') || IMAGE.test(said), 'must be an image reference such as ghcr.io/org/name:tag'),
    ),
  )

const user = (): Kind<string> =>
  formed(
    'number, or `number:number`',
    z.pipe(
      z.pipe(z.union([z.string(), z.int()], 'must be a user number such as 65532, or with a group: "65532:65532"'), z.transform(String)),
      z.string().check(z.regex(/^\d+(:\d+)?$/, 'must be a user number such as 65532, or with a group: "65532:65532"')),
    ),
  )

const COMMAND = 'must be a line for the shell, or a list of words'

/** Words are run as they are, a line is given to a shell. */
const command = (): Kind<UserCommand> =>
  yaml(
    'line for the shell, or list of words',
    z.union([z.string().check(z.trim(), z.minLength(1, COMMAND)), z.array(z.string()).check(z.minLength(1, COMMAND))], COMMAND),
  )

const providerTypes = [
  'core',
  'bootstrap',
  'control-plane',
  'infrastructure',
  'ipam',
  'addon',
  'runtime-extension',
] as const satisfies readonly ProviderType[]

const texts = (type: string) =>
  yaml(type, z.record(z.string(), z.string('must be text: put it in quotes'), 'must be a mapping from names to values'))

/** What `config` of a tilt-provider file says, by Tilt's names in snake_case. */
export const tiltConfigFields = {
  context: field(path(), { default: '.', docs: 'Folder of the provider, from the root of its repository; other paths start from it.' }),
  image: optional(image(), {
    docs: 'Image of the manager as the manifests name it; tag and digest are ignored.',
    defaultText: 'none: nothing is built, manifests are applied as they are',
  }),
  label: optional(text(), {
    docs: 'What Tilt makes names of its resources from (`<label>_controller`), which others name in `resource_deps`.',
    defaultText: 'the name of the provider',
  }),
  version: optional(text(), {
    docs: 'Version that clusterctl’s inventory has of it.',
    defaultText: 'what `git describe` or `metadata.yaml` says',
  }),
  kustomizeFolder: field(path(), { default: 'config/default', docs: 'Kustomization of its manifests, from `context`.' }),
  kustomizeOptions: field(list(text()), { default: [], docs: 'Arguments of `kustomize build`.' }),
  applyProviderYaml: field(flag(), {
    default: true,
    docs: 'Whether its manifests are applied; `false` builds the image alone.',
  }),
  goMain: optional(text(), {
    docs: 'File or package of the main function, from `context`.',
    defaultText: '`main.go`, else where one is found',
  }),
  liveReloadDeps: field(list(path()), {
    default: [],
    docs: 'What the manager is built from, from `context`, as Tilt is told. Here what Go reads of the sources decides whether it is built again; what is not there is passed over.',
  }),
  additionalDockerHelperCommands: field(lines(), {
    default: '',
    defaultText: 'none',
    docs: 'Lines of a Dockerfile, for a stage `tilt-helper` that the image can copy from.',
  }),
  additionalDockerBuildCommands: field(lines(), {
    default: '',
    defaultText: 'none',
    docs: 'Lines of a Dockerfile, at the end of the image.',
  }),
  additionalResources: field(list(path()), {
    default: [],
    docs: 'Manifests, from `context`, that are applied when the provider is ready.',
  }),
  additionalUncategorizedResources: field(list(path()), {
    default: [],
    docs: 'Manifests, from `context`, that are applied before the provider.',
  }),
  resourceDeps: field(list(text()), {
    default: [],
    docs: 'Tilt’s names of what must be ready before it: `capi_controller` is the core provider.',
  }),
} satisfies Record<string, ProviderField>

/** What Tilt has no field for. */
export const ownFields = {
  repository: optional(text(), {
    docs: 'Folder of its repository, where `provider-repos` doesn’t name it.',
    defaultText: 'the repository that has the provider',
  }),
  type: optional(oneOf(...providerTypes), {
    docs: 'Type of the provider, where its label `cluster.x-k8s.io/provider` doesn’t begin with it.',
    defaultText: 'what the label says',
  }),
  providerName: optional(text(), { docs: 'Its name in clusterctl’s inventory.', defaultText: 'the label, without the type' }),
  build: optional(oneOf('go', 'dockerfile', 'command', 'none'), {
    docs: 'How its image is made: by the Go of this machine, from its Dockerfile, by `command`, or not at all.',
    defaultText: '`command` where that is said, `dockerfile` where `builder` or `dockerfile` is, `none` without an image, else `go`',
  }),
  dockerfile: optional(path(), { docs: 'Its Dockerfile, from the root of the repository.', defaultText: '`Dockerfile`' }),
  buildContext: optional(path(), {
    docs: 'Folder that is the context of the Dockerfile, from the root of the repository.',
    defaultText: 'the root of the repository',
  }),
  buildTarget: optional(text(), { docs: 'Stage of the Dockerfile that is the image.', defaultText: 'the last' }),
  buildArgs: optional(texts('mapping from names to values'), { docs: 'Build args of this provider alone, beside those of `build-args`.' }),
  command: optional(command(), { docs: 'What makes the image, run in the root of the repository.' }),
  imageArchive: optional(path(), {
    docs: 'Archive, or folder, that `command` writes the image to, as OCI or `docker save` has it, from the root of the repository.',
    defaultText: 'none: it is found in the registry, or in the engine’s store',
  }),
  beforeBuild: optional(command(), { docs: 'Run in the root of the repository before the image is made.' }),
  beforeRender: optional(command(), { docs: 'Run in the root of the repository before kustomize.' }),
  user: optional(user(), { docs: 'User, and group, that its image runs as.', defaultText: '`65532:65532`' }),
  pullPolicy: optional(oneOf('Always', 'IfNotPresent', 'Never'), {
    docs: '`imagePullPolicy` of its manager.',
    defaultText: '`IfNotPresent`',
  }),
  substitutions: optional(texts('mapping from variables to values'), {
    docs: 'Values of variables in its manifests alone, before those of `substitutions`.',
  }),
  wait: optional(oneOf('available', 'started', 'none'), {
    docs: 'What is waited for: that it is available, that its containers have started once (managers that end without real credentials), or nothing.',
    defaultText: '`available`',
  }),
} satisfies Record<string, ProviderField>

type FieldsOf<F> = {
  readonly [K in keyof F]: F[K] extends ProviderField<infer T, infer D> ? (D extends undefined ? T | undefined : T) : never
}

export type TiltConfigValues = FieldsOf<typeof tiltConfigFields>
export type OwnValues = FieldsOf<typeof ownFields>

/** `kustomizeFolder` is `kustomize_folder` in a tilt-provider file. */
export const tiltNameOf = (key: string): string => nameOf(key).replaceAll('-', '_')

/** A field as code that goes through all of them sees it. */
export const fieldsIn = (fields: Readonly<Record<string, ProviderField>>): readonly (readonly [string, ProviderField])[] =>
  Object.entries(fields)

/** Keys of Tilt's fields, by their names in a tilt-provider file. */
export const tiltKeys: ReadonlyMap<string, keyof TiltConfigValues> = new Map(
  (Object.keys(tiltConfigFields) as (keyof TiltConfigValues)[]).map(key => [tiltNameOf(key), key]),
)
