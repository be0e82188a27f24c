/** What can be asked for by itself; each brings what it needs. */
export const targets = ['cluster', 'images', 'cert-manager', 'providers', 'workload'] as const

export type Target = (typeof targets)[number]

/** Targets that are built from a repository. */
export const needsRepository = (wanted: readonly Target[]): boolean => wanted.includes('images') || wanted.includes('providers')
