/**
 * The container engine of this process. All that is made on this machine is in one engine, kind's nodes too, and kind takes it from this variable: so it
 * is kept there, for us and for every kind that is started here.
 */
export type EngineName = 'docker' | 'podman'

export const ENGINE_VARIABLE = 'KIND_EXPERIMENTAL_PROVIDER'

/** Name of the engine, and of its command. */
export const engineName = (): EngineName => (process.env[ENGINE_VARIABLE] === 'podman' ? 'podman' : 'docker')

export function useEngine(name: EngineName): void {
  if (name !== engineName()) process.env[ENGINE_VARIABLE] = name
}
