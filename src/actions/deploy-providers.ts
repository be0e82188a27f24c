/** `uses: capi-actions/capi-actions/actions/deploy-providers`: providers from source, released or mixed, proven. */
import { runPart } from './part.ts'

await runPart('deploy-providers')
