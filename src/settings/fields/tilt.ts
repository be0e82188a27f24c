/** Fields that only tilt-settings has. */
import * as z from 'zod/mini'
import { type Field, field, optional, type Part } from '../field.ts'
import { flag, type Mapping, mustBeList, object, oneOf, textOrNothing, wholeNumber, yaml } from '../kinds.ts'

const listOfText = z.array(textOrNothing, mustBeList)
const byProvider = <T>(value: z.ZodMiniType<T>): z.ZodMiniType<Mapping<T>> =>
  z.record(z.string(), value, 'must be a mapping from provider names')

const debugParts = {
  continue: {
    kind: flag(),
    default: true,
    docs: 'Whether the manager runs at once, or stands until a debugger tells it to go on.',
  },
  port: {
    kind: wholeNumber(0, 65535),
    default: 0,
    docs: 'Port of this machine on which the debugger listens, for which the manager is compiled without optimisations; `0` is none.',
  },
  profiler_port: {
    kind: wholeNumber(0, 65535),
    default: 0,
    docs: 'Port of this machine on which the profiler of the manager answers; `0` is none.',
  },
  metrics_port: {
    kind: wholeNumber(0, 65535),
    default: 0,
    docs: 'Port of this machine on which the metrics of the manager answer, those on port 8080 of its container; `0` is none.',
  },
  race_detector: {
    kind: flag(),
    default: false,
    docs: 'Whether the manager is compiled with Go’s race detector, on Linux and amd64 only.',
  },
} as const satisfies Record<string, Part>

const debugEntry = object({
  continue: z.optional(debugParts.continue.kind.schema),
  port: z.optional(debugParts.port.kind.schema),
  profiler_port: z.optional(debugParts.profiler_port.kind.schema),
  metrics_port: z.optional(debugParts.metrics_port.kind.schema),
  race_detector: z.optional(debugParts.race_detector.kind.schema),
})

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
  preloadImages: field(flag(), {
    group: 'tilt',
    tilt: 'preload_images',
    input: false,
    default: true,
    docs: 'Whether Tilt loads the images of cert-manager into the nodes beforehand.',
    notice: 'nodes pull images, through `image-mirrors` where set',
  }),
  debug: field(yaml('mapping from providers to debug settings', byProvider(debugEntry)), {
    group: 'tilt',
    tilt: 'debug',
    input: false,
    default: {},
    docs: 'Debugger, profiler and metrics ports of managers, and the race detector. A manager with an entry, even an empty one, runs under Delve.',
    parts: debugParts,
  }),
  triggerMode: optional(oneOf('auto', 'manual'), {
    group: 'tilt',
    tilt: 'trigger_mode',
    input: false,
    docs: 'Whether Tilt rebuilds on every change.',
    defaultText: '`auto`',
    notice: 'each run builds once',
  }),
} satisfies Record<string, Field>
