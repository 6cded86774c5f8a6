/** A line of CSV: https://www.rfc-editor.org/rfc/rfc4180 */
export const csvLine = (values: readonly (string | number)[]): string => `${values.map(field).join(',')}\n`

const field = (value: string | number): string =>
  /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value)
