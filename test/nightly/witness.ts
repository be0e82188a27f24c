/** What the container engine says was made, whatever the product says of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface Witness {
  /** Images of the containers of this name that were made until now, the first first. */
  imagesOf(container: string): Promise<string[]>
}

/** Listens from now on. */
export function witness(): Witness {
  const format = '{{.Actor.Attributes.name}} {{.Actor.Attributes.image}}'
  const child = spawn('docker', ['events', '--filter', 'type=container', '--filter', 'event=create', '--format', format], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const heard = text(child.stdout)
  return {
    imagesOf: async container => {
      const closed = once(child, 'close')
      child.kill()
      await closed
      const made = (await heard).split('\n').map(line => line.split(' '))
      return made.flatMap(([name, image = '']) => (name === container ? [image] : []))
    },
  }
}
