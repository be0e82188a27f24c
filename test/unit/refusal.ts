/** What a call is refused with: for tests of errors that users see. */
import assert from 'node:assert/strict'
import { Failure } from '../../src/host/failure.ts'

export function refusal(call: () => unknown): Failure {
  try {
    call()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  assert.fail('nothing was thrown')
}
