/** The Dockerfile of a compiled manager that is given more than its executable: with the stages and the words of Tilt's, so that what users have written for those works here. Pure. */
import { readDockerfile } from './dockerfile.ts'

export interface TiltImage {
  /** `additional_docker_helper_commands`, for the stage `tilt-helper`, which has Go and a shell. */
  readonly helper: string
  /** `additional_docker_build_commands`, for the image itself. */
  readonly image: string
  /** With Go and a shell. */
  readonly builderImage: string
  /** Of the manager, where what is added needs no shell. */
  readonly baseImage: string
  /** As in a Dockerfile's USER. */
  readonly user: string
  /** Where the image has the manager. */
  readonly path: string
  /** Executables beside the manager, by their paths in the image, as files of the context. */
  readonly beside?: Readonly<Record<string, string>> | undefined
}

/** File of the context with the manager. */
export const BINARY = 'manager'

/** What is added runs as root, the image as `user`, unless what is added says otherwise. */
export function tiltDockerfile({ helper, image, builderImage, baseImage, user, path, beside = {} }: TiltImage): string {
  const said = readDockerfile(image).instructions
  const hasUser = said.includes('USER')
  return [
    ...(helper.trim() === '' && !image.includes('tilt-helper') ? [] : [`FROM ${builderImage} AS tilt-helper`, helper.trim(), '']),
    // Tilt's image has a shell; a minimal one is enough where nothing is run in it.
    `FROM ${said.includes('RUN') ? builderImage : baseImage} AS tilt`,
    'WORKDIR /',
    'USER 0:0',
    ...Object.entries({ ...beside, [path]: BINARY }).map(([place, file]) => `COPY ${file} ${place}`),
    `ENTRYPOINT ["${path}"]`,
    image.trim(),
    ...(hasUser ? [] : [`USER ${user}`]),
    '',
  ].join('\n')
}
