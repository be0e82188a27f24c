/** The forms in which clouds' tools write credentials. Pure. */

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** What `az ad sp create-for-rbac` and azure/login write as JSON, by the names that Azure's SDKs read from the environment. */
export function azureAccount(json: string): Readonly<Record<string, string | undefined>> {
  const account = jsonObject(json)
  const text = (key: string): string | undefined => {
    const value = account?.[key]
    return typeof value === 'string' ? value : undefined
  }
  return {
    AZURE_SUBSCRIPTION_ID: text('subscriptionId'),
    AZURE_TENANT_ID: text('tenantId'),
    AZURE_CLIENT_ID: text('clientId'),
    AZURE_CLIENT_SECRET: text('clientSecret'),
  }
}

/** The cloud-config that CloudStack's provider reads. */
export const cloudStackConfig = (url: string, key: string, secret: string): string =>
  `[Global]\napi-url = ${url}\napi-key = ${key}\nsecret-key = ${secret}\n`

/** Nothing where the text is no JSON object. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Sections of a file such as `~/.aws/credentials`, by name, with their keys; lines that are neither are passed over, as AWS's tools do. */
export function iniSections(text: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const sections = new Map<string, Record<string, string>>()
  let current: Record<string, string> | undefined
  for (const line of text.split(/\r?\n/)) {
    const [, section] = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line) ?? []
    // Indented keys belong to the one above (`s3 =` of AWS's config).
    const [, key = '', value = ''] = /^([A-Za-z0-9_-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (section !== undefined) {
      current = sections.get(section) ?? {}
      sections.set(section, current)
    } else if (key !== '' && current !== undefined) current[key] = value
  }
  return sections
}
