/** The Dockerfile of a compiled manager that is given more than its executable: with the stages and the words of Tilt's, so that what users have written for those works here. Pure. */
import { readDockerfile } from './dockerfile.ts'

/** `additional_docker_helper_commands` and `additional_docker_build_commands`. */
export interface DockerCommands {
  /** For the stage `tilt-helper`, which has Go and a shell. */
  readonly helper: string
  /** For the image itself. */
  readonly build: string
}

export interface TiltImage {
  readonly commands: DockerCommands
  /** With Go and a shell. */
  readonly builderImage: string
  /** Of the manager, where what is added needs no shell. */
  readonly baseImage: string
  /** As in a Dockerfile's USER. */
  readonly user: string
  /** Where the image has the manager. */
  readonly path: string
}

/** File of the context with the manager. */
export const BINARY = 'manager'

/** What is added runs as root, the image as `user`, unless what is added says otherwise. */
export function tiltDockerfile({ commands, builderImage, baseImage, user, path }: TiltImage): string {
  const said = readDockerfile(commands.build).instructions
  const hasUser = said.includes('USER')
  return [
    ...(commands.helper.trim() === '' && !commands.build.includes('tilt-helper')
      ? []
      : [`FROM ${builderImage} AS tilt-helper`, commands.helper.trim(), '']),
    // Tilt's image has a shell; a minimal one is enough where nothing is run in it.
    `FROM ${said.includes('RUN') ? builderImage : baseImage} AS tilt`,
    'WORKDIR /',
    'USER 0:0',
    `COPY ${BINARY} ${path}`,
    `ENTRYPOINT ["${path}"]`,
    commands.build.trim(),
    ...(hasUser ? [] : [`USER ${user}`]),
    '',
  ].join('\n')
}
