/** Fields that only tilt-settings has. */
import * as z from 'zod/mini'
import { type Field, field, optional } from '../field.ts'
import { flag, list, type Mapping, object, oneOf, text, yaml } from '../kinds.ts'

const debugEntry = object({
  continue: z.optional(z.boolean('must be true or false')),
  port: z.optional(z.int('must be a whole number')),
  profiler_port: z.optional(z.int('must be a whole number')),
  metrics_port: z.optional(z.int('must be a whole number')),
  race_detector: z.optional(z.boolean('must be true or false')),
})

const listOfText = z.array(z.string('must be text: put it in quotes'), 'must be a list')
const byProvider = <T>(value: z.ZodMiniType<T>): z.ZodMiniType<Mapping<T>> =>
  z.record(z.string(), value, 'must be a mapping from provider names')

export const onlyTiltFields = {
  templateDirs: field(yaml('mapping from providers to lists of folders', byProvider(listOfText)), {
    group: 'tilt',
    tilt: 'template_dirs',
    input: false,
    default: { docker: ['test/infrastructure/docker/templates'] },
    docs: 'Folders in which cluster templates and ClusterClasses are looked for by name.',
  }),
  extraArgs: field(yaml('mapping from providers to lists of arguments', byProvider(listOfText)), {
    group: 'tilt',
    tilt: 'extra_args',
    input: false,
    default: {},
    docs: 'Arguments added to those of a provider’s manager.',
  }),
  allowedContexts: field(list(text()), {
    group: 'tilt',
    tilt: 'allowed_contexts',
    input: false,
    default: [],
    docs: 'Kubeconfig contexts that may be used beside kind clusters.',
    notice: 'only kind clusters are used yet',
  }),
  buildEngine: optional(oneOf('docker', 'podman'), {
    group: 'tilt',
    tilt: 'build_engine',
    input: false,
    docs: 'Engine that builds images from Dockerfiles where no `builder` is named; podman is taken without it where the docker command is podman’s.',
  }),
  preloadImages: field(flag(), {
    group: 'tilt',
    tilt: 'preload_images',
    input: false,
    default: true,
    docs: 'Whether the images of cert-manager are loaded into the nodes beforehand.',
    notice: 'nodes pull images, through `image-mirrors` where set',
  }),
  additionalKustomizations: field(
    yaml('mapping from names to folders', z.record(z.string(), z.string('must be text'), 'must be a mapping')),
    {
      group: 'tilt',
      tilt: 'additional_kustomizations',
      input: false,
      default: {},
      docs: 'Kustomizations to apply beside the providers.',
      notice: 'none is applied yet',
    },
  ),
  debug: field(yaml('mapping from providers to debug settings', byProvider(debugEntry)), {
    group: 'tilt',
    tilt: 'debug',
    input: false,
    default: {},
    docs: 'Debugger, profiler and metrics ports of managers, and the race detector.',
  }),
  triggerMode: optional(oneOf('auto', 'manual'), {
    group: 'tilt',
    tilt: 'trigger_mode',
    input: false,
    docs: 'Whether Tilt rebuilds on every change.',
    notice: 'each run builds once',
  }),
} satisfies Record<string, Field>
