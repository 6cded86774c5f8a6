import type { Recommendation } from '../../../src/recommender/recommender.js'
import { columns } from './columns.js'

/** What is answered for somebody, or, where nobody is named, for a history. */
export interface Answer extends Pick<Recommendation, 'source' | 'items'> {
  userId?: string
}

/** Answers as lines: for people, as a table for other programs, or as a JSON text for each. */
export const FORMATS: Record<'text' | 'csv' | 'jsonl', { header: string; lines: (answer: Answer) => string }> = {
  text: { header: '', lines: asText },
  csv: { header: 'userId,rank,movieId,score\n', lines: asCsv },
  jsonl: { header: '', lines: ({ userId, source, items }) => `${JSON.stringify({ userId, source, items: items() })}\n` }
}

function asText({ userId, source, items }: Answer): string {
  const heading = `${userId === undefined ? 'for this history' : `for user ${userId}`}, ${source === 'popular' ? 'what is popular' : 'the best first'}:\n`
  const rows = items().map(({ movieId, title = '', year }) => [movieId, year ? `${title} (${year})` : title])
  return rows.length > 0 ? `${heading}${columns(rows)}\n` : `${heading}nothing is left\n`
}

function asCsv({ userId = '', items }: Answer): string {
  const lines = items().map(({ movieId, score }, at) => [userId, at + 1, movieId, score].map(field).join(','))
  return lines.map(line => `${line}\n`).join('')
}

/** A value as CSV has it: https://www.rfc-editor.org/rfc/rfc4180 */
const field = (value: string | number): string =>
  /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value)
