/** A tar archive of one file, byte for byte the same whenever the file is. Pure. POSIX.1-1988 ustar. */

export const BLOCK = 512

export interface TarEntry {
  /** Without a leading slash, at most 100 bytes. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Permission bits. */
  readonly mode: number
}

/** The header block of a regular file of root's, dated 1970. */
export function tarHeader({ name, size, mode }: TarEntry): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, offset: number, digits: number) =>
    header.write(`${value.toString(8).padStart(digits, '0')}\0`, offset, 'latin1')
  header.write(name, 0, 100, 'utf8')
  octal(mode, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(size, 124, 11)
  octal(0, 136, 11)
  header.write('0', 156, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  // The sum counts its own field as eight spaces.
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

/** What follows the file's bytes: its last block filled up, and two empty blocks as the end of the archive. */
export const tarTrailer = (size: number): Buffer => Buffer.alloc(((BLOCK - (size % BLOCK)) % BLOCK) + 2 * BLOCK)
