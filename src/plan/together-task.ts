/** Providers that can't be deployed beside each other: variants of one, whose managers are the same object. */
import { Failure } from '../host/failure.ts'
import type { EditedProvider } from '../manifests/edit-provider.ts'
import { nameOf } from '../manifests/object.ts'
import { type Task, task } from './task.ts'

interface One {
  readonly name: string
  readonly edited: Task<EditedProvider>
}

/** Nothing to do where there is one provider alone. */
export function togetherTask(providers: readonly One[]): readonly Task[] {
  if (providers.length < 2) return []
  const docs = 'Checks that no two providers have one Deployment.'
  const needs = providers.map(({ edited }) => edited)
  return [
    task('no Deployment twice', docs, needs, async work =>
      refuseSame(providers.map(({ name, edited }) => ({ name, objects: work.of(edited).objects }))),
    ),
  ]
}

/** The later would change what the earlier has made, and neither would say so. @throws Failure that names both. Pure. */
export function refuseSame(providers: readonly { readonly name: string; readonly objects: EditedProvider['objects'] }[]): void {
  const all = providers.flatMap(({ name, objects }) =>
    objects.filter(({ kind }) => kind === 'Deployment').map(object => ({ name, deployment: nameOf(object) })),
  )
  for (const [deployment, owners] of Map.groupBy(all, one => one.deployment)) {
    const names = [...new Set(owners.map(({ name }) => name))]
    if (names.length > 1)
      throw new Failure({
        what: `providers ${names.join(' and ')} can't be deployed together`,
        why: `each has ${deployment}: they are variants of one provider`,
        remedy: `leave all but one of them out of providers`,
      })
  }
}
