/** Rows of words as lines of text, each column as wide as its widest word. */
export function columns(rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))
  const line = (row: string[]): string =>
    row
      .map((word, column) => word.padEnd(widths[column]))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}
