/** What later steps may do in the management cluster. */
import { type Field, field, optional } from '../field.ts'
import { duration, objectName } from '../kinds.ts'
import { policyRules } from '../policy-rules.ts'

export const accessFields = {
  serviceAccount: optional(objectName(), {
    group: 'access',
    defaultText: 'none: later steps have the kubeconfig of an administrator',
    docs: 'Name of a ServiceAccount that is made, with whose kubeconfig in `KUBECONFIG` later steps go on; it may do what `service-account-rules` say, in one namespace.',
  }),
  serviceAccountNamespace: field(objectName(), {
    group: 'access',
    default: 'default',
    docs: 'Namespace of the ServiceAccount, and the only one in which it may do anything; made where it is missing.',
  }),
  serviceAccountRules: field(policyRules(), {
    group: 'access',
    default: [],
    docs: 'What the ServiceAccount may do: lines of verbs and resources with their group (`get,list,watch clusters.cluster.x-k8s.io,pods`), or a YAML list of PolicyRules.',
  }),
  serviceAccountExpiry: field(duration(), {
    group: 'access',
    default: 3600,
    defaultText: '`1h`',
    docs: 'How long its token is good for, from the end of the step on; `10m` at least.',
  }),
} satisfies Record<string, Field>
