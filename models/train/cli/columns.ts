/** Rows of words as lines of text. All columns but the first stand to the left or, for figures, to the right. */
export function columns(rows: string[][], side: 'left' | 'right' = 'left'): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))
  const cell = (word: string, column: number): string =>
    side === 'left' || column === 0 ? word.padEnd(widths[column]) : word.padStart(widths[column])
  return rows.map(row => row.map(cell).join('  ').trimEnd()).join('\n')
}
