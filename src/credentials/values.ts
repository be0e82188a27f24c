/** Whether the value of a variable is what its name says: what is wrong is found here, not by an API server that refuses a Secret, or a manager that starts over and over. Pure. */
import { jsonObject } from './forms.ts'

const NAMES_BASE64 = /(^|_)(B64|BASE64|B64ENCODED)(_|$)/

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** What is wrong with a value, as the end of the sentence "NAME …"; nothing where it is right. It shows nothing of the value. */
export function flawOf(name: string, value: string): string | undefined {
  if (!NAMES_BASE64.test(name) || value === '') return undefined
  if (/[\r\n]/.test(value.trim())) return 'is base64 on several lines, which a manifest does not take: encode it with base64 -w0'
  if (!BASE64.test(value)) return 'is not base64'
  if (name === 'GCP_B64ENCODED_CREDENTIALS' && jsonObject(Buffer.from(value, 'base64').toString()) === undefined)
    return 'is base64, but not of a JSON object: encode the key file of a service account'
  return undefined
}
