/** The Actions cache at the doors: what of it is a notice, and saving beside what else a post step does. */
import type { SaveOrder } from '../cache/order.ts'
import type { ActionStep } from '../host/action.ts'
import type { CacheOutcome } from '../run/caches.ts'

/** What can't be restored fails no job. @returns what the post step is to save. */
export function heedCaches<State>({ notice }: ActionStep<State>, caches: CacheOutcome | undefined): readonly SaveOrder[] {
  const { troubles = [], saves = [] } = caches ?? {}
  if (troubles.length > 0) notice(`the Actions cache spares this job less than it could: ${troubles.join('; ')}`)
  return saves
}

/** Saves while `act` does what else there is to do; it is waited for even if that fails. */
export async function savedBeside<State>(
  { say, notice, signal }: ActionStep<State>,
  orders: readonly SaveOrder[],
  act: () => Promise<void>,
): Promise<void> {
  const saving = saveAll()
  try {
    await act()
  } finally {
    await saving
  }

  async function saveAll(): Promise<void> {
    if (orders.length === 0) return
    const { saveCaches } = await import('../run/caches.ts')
    const refused = await saveCaches(orders, { signal, log: say, waiting: () => {} })
    if (refused !== undefined) notice(`the Actions cache takes nothing from this job: ${refused}`)
  }
}
