/** `uses: capi-actions/capi-actions/actions/build-images`: manager images from source. */
import { runPart } from './part.ts'

await runPart('build-images')
