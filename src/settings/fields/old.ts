/** Fields that older Tiltfiles had and files still carry: accepted, and said to have no effect. */
import { flag, type Kind } from '../kinds.ts'

export interface OldField {
  readonly kind: Kind<unknown>
  /** The last Cluster API that read it. */
  readonly until: string
  /** One sentence for the reference: what it was. */
  readonly docs: string
  /** Goes on after "has no effect: ". */
  readonly instead: string
}

export const oldTiltFields: Readonly<Record<string, OldField>> = {
  kustomize_config: {
    kind: flag(),
    until: 'v1.6',
    docs: 'Whether the manifests of a provider are rendered and applied.',
    instead:
      'since Cluster API v1.7 the tilt-provider file of a provider says how it is rendered, in kustomize_folder, kustomize_options and apply_provider_yaml',
  },
}
