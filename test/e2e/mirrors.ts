/** `host=url` lines, as the inputs download-mirrors and image-mirrors take them. */
export const lines = (mirrors: Readonly<Record<string, string>>): string =>
  Object.entries(mirrors)
    .map(([host, url]) => `${host}=${url}`)
    .join('\n')
