/** The test environment as workflows and commands of these tests are told of it. */
import type { Testbed } from '../testbed/testbed.ts'

/** `host=url` lines, as the inputs download-mirrors and image-mirrors take them. */
export const lines = (mirrors: Readonly<Record<string, string>>): string =>
  Object.entries(mirrors)
    .map(([host, url]) => `${host}=${url}`)
    .join('\n')

/** What a workflow of these tests sees as `env`: sources, versions, mirrors, the last under `prefix`: by `CAPI_ACTIONS_` all actions take them without inputs. */
export const jobEnvironment = (testbed: Testbed, prefix: '' | 'CAPI_ACTIONS_') => ({
  ...testbed.env,
  SOURCE: testbed.source(),
  CAPI_VERSION: testbed.versions.clusterApi,
  KUBERNETES_VERSION: testbed.versions.kubernetes,
  CERT_MANAGER_VERSION: testbed.versions.certManager,
  [`${prefix}DOWNLOAD_MIRRORS`]: lines(testbed.downloadMirrors),
  [`${prefix}IMAGE_MIRRORS`]: lines(testbed.imageMirrors),
})
