/** Writing files: what the file system refuses becomes a failure that names the folder. */
import { Failure, messageOf } from './failure.ts'

/**
 * Does `act`, which writes in `folder`.
 * @throws Failure when the file system refuses it.
 */
export async function writing<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    const remedy = 'see whether the folder may be written and its disk has room'
    throw new Failure({ what: `${folder} cannot be written`, why: messageOf(cause), remedy, cause })
  }
}
