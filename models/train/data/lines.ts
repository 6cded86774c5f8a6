/** Where the rows of a text stand in its file, and which of its lines are none: all of it in SQL. */
export interface Lines {
  /** a table: the row `n`, from 0, stands on the line `line` */
  rows: string
  /** a table: a `line` that is no row, what is wrong with it (`error`), and its `text` */
  rejected: string
  /** how many of them there are: quicker to find */
  rejectedCount: string
}

/** One line that is a row, or why it is none. */
export interface LineRules {
  /** SQL that holds for a line `l` that is neither a row nor wrong, as a blank one */
  isNone: string
  /** SQL of what is wrong with a line `l`, NULL for a row */
  error: string
}

/**
 * Of a text with a row on each line.
 *
 * @param lines a table with the column `l`
 */
export function plainLines(lines: string, { isNone, error }: LineRules): Lines {
  const numbered = `(SELECT row_number() OVER () AS line, l FROM ${lines})`
  const judged = `(SELECT line, l AS text, ${error} AS error FROM ${numbered} WHERE NOT (${isNone}))`
  return {
    rows: `(SELECT row_number() OVER (ORDER BY line) - 1 AS n, line FROM ${judged} WHERE error IS NULL)`,
    rejected: `(SELECT line, error, text FROM ${judged} WHERE error IS NOT NULL)`,
    rejectedCount: `(SELECT count(*) FROM ${judged} WHERE error IS NOT NULL)`
  }
}

/** Blanks and the Ctrl-Z that ends files of old are no lines. */
const CUT = "trim(replace(coalesce(csv_line, ''), chr(26), '')) <> ''"

/**
 * Of a CSV that DuckDB has read last. It keeps what it leaves out in `reject_errors`, and counts records there: a quoted value
 * over several lines is in one. Rows are counted without blank lines.
 *
 * @param lines a table with the column `l`
 * @param before how many records stand before the first row
 */
export function csvLines(lines: string, before: number): Lines {
  const quotes = "length(l) - length(replace(l, '\"', ''))"
  const records = `(SELECT line, l, row_number() OVER (ORDER BY line) AS record FROM (
    SELECT line, l, coalesce(sum(quotes) OVER (ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS open
    FROM (SELECT row_number() OVER () AS line, l, ${quotes} AS quotes FROM ${lines})
  ) WHERE open % 2 = 0)`
  const cut = `(SELECT line AS record, any_value(error_type) AS error, any_value(csv_line) AS text FROM reject_errors WHERE ${CUT} GROUP BY line)`
  return {
    rows: `(SELECT row_number() OVER (ORDER BY line) - 1 AS n, line FROM ${records}
      WHERE l <> '' AND record > ${before} AND record NOT IN (SELECT line FROM reject_errors))`,
    rejected: `(SELECT coalesce(place.line, record) AS line, error, text FROM ${cut} LEFT JOIN ${records} AS place USING (record))`,
    rejectedCount: `(SELECT count(*) FROM ${cut})`
  }
}
