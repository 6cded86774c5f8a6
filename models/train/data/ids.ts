/** What stands in for an id that is missing, where it is not empty. */
export const MISSING = ['', 'NaN', 'nan', 'NULL', 'null', 'None', 'NA', '\\N']

/** A whole number that was kept as a decimal one, as pandas does if a value is missing. */
export const DECIMAL = /^-?\d+\.0$/

/** What is taken away: blanks at the ends, by DuckDB's `trim`, and a byte order mark in front. */
const TAKEN_AWAY = /^[\p{Zs}\uFEFF]|\p{Zs}$/u

/** Whether an id that is written into a file of ratings is read from it as the same one. */
export const isReadAsItIs = (id: string): boolean => !MISSING.includes(id) && !DECIMAL.test(id) && !TAKEN_AWAY.test(id)
