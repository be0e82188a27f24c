/** What can be asked for by itself; each brings what it needs. */
export const targets = ['cluster', 'images', 'cert-manager', 'providers', 'workload'] as const

export type Target = (typeof targets)[number]

/** Whether something would be applied, that an API server could be asked about. */
export const appliesObjects = (wanted: readonly Target[]): boolean =>
  wanted.some(target => target === 'cert-manager' || target === 'providers' || target === 'workload')

/** Targets that are built from a repository. */
export const needsRepository = (wanted: readonly Target[]): boolean => wanted.includes('images') || wanted.includes('providers')
