/**
 * Most scores of one run that are told entry by entry: so many take a millisecond or two and 128 kB, so that a run for one request
 * never holds up others.
 */
const MOST_SHARES = 32_768

/** Rows in parts, each small enough to be scored in one run for histories of so many entries. */
export function inParts(rows: Int32Array, entries: number): Int32Array[] {
  const size = Math.max(1, Math.floor(MOST_SHARES / Math.max(1, entries)))
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, part) => rows.slice(part * size, (part + 1) * size))
}
