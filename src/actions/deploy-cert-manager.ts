/** `uses: capi-actions/capi-actions/actions/deploy-cert-manager`: cert-manager, proven. */
import { runPart } from './part.ts'

await runPart('deploy-cert-manager')
