/** Variables of manifests whose value nobody has to say: the manifests themselves, or what becomes of them, tell. Pure. */

/**
 * @param text Manifests before substitution.
 * @param image What the manager's image is called where it is built.
 * @returns values of variables, by name.
 */
export const impliedVariables = (text: string, image: string | undefined): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(ofScripts(text).map(name => [name, `\${${name}}`])),
  ...(image === undefined ? {} : Object.fromEntries(ofImage(text).map(name => [name, image]))),
})

/** A script in a manifest fills the variable by a command: what is meant is the script's own, which stays as it is written. */
function ofScripts(text: string): readonly string[] {
  const assigned = [...text.matchAll(/^[ \t]*(?:export |local |readonly )?([A-Za-z_]\w*)=["']?\$\(/gm)].map(([, name]) => name ?? '')
  return [...new Set(assigned)].filter(name => new RegExp(`\\$\\{${name}\\}`).test(text))
}

/** The whole image of a container, and of one variable alone: it is the manager's, whose image is made. */
function ofImage(text: string): readonly string[] {
  const names = [...text.matchAll(/^[ \t]*(?:- )?image: *["']?\$\{(\w+)\}["']?[ \t]*$/gm)].map(([, name]) => name ?? '')
  const different = [...new Set(names)]
  return different.length === 1 && text.split(`\${${different[0]}`).length - 1 === names.length ? different : []
}
