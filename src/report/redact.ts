/** Keeps secrets out of everything that a person reads of a run. */

/** Returns a function that replaces each secret, also one in a URL and each line of a secret that has several, by `***`. */
export function redactor(secrets: Iterable<string>): (text: string) => string {
  const forms = [...secrets].flatMap(secret => [secret, ...secret.split(/\r?\n/), encodeURIComponent(secret)].map(form => form.trim()))
  // Longest first: a secret that contains another one must go as a whole. Single characters (`}` of a JSON key) would star out everything.
  const known = [...new Set(forms)].filter(form => form.length > 3).sort((one, other) => other.length - one.length)
  if (known.length === 0) return text => text
  const pattern = new RegExp(known.map(form => form.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'), 'g')
  return text => text.replaceAll(pattern, '***')
}
