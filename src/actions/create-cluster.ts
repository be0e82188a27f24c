/** `uses: capi-actions/capi-actions/actions/create-cluster`: a kind cluster and its registry. */
import { runPart } from './part.ts'

await runPart('create-cluster')
