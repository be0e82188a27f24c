/** Credentials of the clouds that providers talk to. */
import { type Field, field, optional } from '../field.ts'
import { fileOrSecret, mapping, text } from '../kinds.ts'

export const cloudFields = {
  credentials: field(mapping('NAME=value'), {
    group: 'cloud',
    default: {},
    docs: 'Credentials of clouds by the names that their tools have for them (`HCLOUD_TOKEN=…`, `AWS_ACCESS_KEY_ID=…`), or by those that providers ask for; before the environment. No value is shown in a log.',
    secret: true,
  }),
  awsProfile: optional(text(), {
    group: 'cloud',
    environment: ['AWS_PROFILE'],
    defaultText: 'keys of the environment; else `default`, where `aws` is among the providers',
    docs: 'Profile of `~/.aws/credentials` and `~/.aws/config` that `AWS_B64ENCODED_CREDENTIALS` is made from.',
  }),
  awsRegion: optional(text(), {
    group: 'cloud',
    environment: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    defaultText: 'that of the profile',
    docs: 'Region of AWS.',
  }),
  awsRoleArn: optional(text(), {
    group: 'cloud',
    environment: ['AWS_ROLE_ARN'],
    docs: 'Role of AWS that is taken on by the identity token of the job (`id-token: write`) or of `AWS_WEB_IDENTITY_TOKEN_FILE`.',
  }),
  gcpCredentials: optional(fileOrSecret(), {
    group: 'cloud',
    environment: ['GOOGLE_APPLICATION_CREDENTIALS'],
    docs: 'Key of a service account of Google Cloud, a file or JSON text, that `GCP_B64ENCODED_CREDENTIALS` is made from.',
  }),
  openstackClouds: optional(fileOrSecret(), {
    group: 'cloud',
    environment: ['OS_CLIENT_CONFIG_FILE'],
    docs: 'The clouds.yaml of OpenStack, a file or its text, that `OPENSTACK_CLOUD_YAML_B64` and `OPENSTACK_CLOUD_CACERT_B64` are made from.',
  }),
  openstackCloud: optional(text(), {
    group: 'cloud',
    environment: ['OS_CLOUD'],
    defaultText: 'the only one',
    docs: 'The cloud of `openstack-clouds`.',
  }),
} satisfies Record<string, Field>
