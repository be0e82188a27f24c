/** `uses: capi-actions/capi-actions/actions/apply-template`: a workload cluster that is Available. */
import { runPart } from './part.ts'

await runPart('apply-template')
