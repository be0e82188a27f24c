/** `restore node-image`: the image of kind nodes from the Actions cache, where the engine doesn't have it. */
import { unpack } from '../cache/archive.ts'
import { lookUp } from '../cache/entries.ts'
import { digestOf, keyOf } from '../cache/keys.ts'
import { imageLoading, nameInEngine } from '../cluster/node-image.ts'
import { engineName } from '../host/container-engine.ts'
import { type Cached, type Caching, cacheFor, noCaching, orderOf, type RestoreTask, restoreTask } from './cache-tasks.ts'
import { type Task, type TaskWork, task } from './task.ts'

export interface NodeImageCaching {
  /** By which name the engine has it, or kind is to pull it. */
  readonly name: Task<string> | undefined
  /** @param cluster The task after which the engine has it. */
  caching(cluster: Task): Caching
}

export function nodeImageCaching(cached: Cached, engine: Task): NodeImageCaching {
  const service = cacheFor('node-image', cached)
  if (service === undefined) return { name: undefined, caching: () => noCaching }
  const { nodeImage } = cached.settings
  const key = keyOf('node-image', digestOf(nodeImage))
  const restored: RestoreTask = restoreTask(
    service,
    'node-image',
    `Loads ${nodeImage} into the engine, unless it is there.`,
    [engine],
    async work => ((await nameInEngine(nodeImage, work)) === undefined ? lookUp(service, key, [], work) : 'the engine has it'),
    (file, work) => unpack(imageLoading(), file, work),
  )
  const name = task('node image', 'Asks by which name the engine has the node image.', [restored], async (work: TaskWork) => {
    return (await nameInEngine(nodeImage, work)) ?? nodeImage
  })
  return {
    name,
    caching: cluster => ({
      restored: [restored],
      saves: ran =>
        ran.ended(cluster)
          ? orderOf(ran.valueOf(restored), {
              name: 'node-image',
              key,
              content: { kind: 'image', engine: engineName(), reference: nodeImage },
            })
          : [],
    }),
  }
}
