/** Words that lists of films put at the end, after a comma, so that `The Matrix` stands at M. */
const ARTICLE = [
  "The|An?|L'|Le|La|Les|Une?|Des",
  'Il|Lo|I|Gli|Una|Uno|El|Los|Las|O|Os|As|Uma?',
  'Der|Die|Das|Eine?|De|Het|Den|Det|En|Ett'
].join('|')

/** A name that ends in its article: the whole title, or one in brackets. */
const TURNED = new RegExp(`(^|\\((?:a\\.k\\.a\\. )?)([^()]+), (${ARTICLE})(?= ?(?:\\(|\\)|$))`, 'g')
const LEADING = new RegExp(`^(?:(?:${ARTICLE}) |L')`, 'i')

/** The year or years at the end: `Heat (1995)`, `Death Note (2006–2007)`. */
const YEAR = /\((\d{4})(?:[-–] ?\d{0,4})?\)\s*$/

/**
 * A title as people write it: `Matrix, The (1999)` is `The Matrix`.
 *
 * @param year of the film: if the title ends with it, it is left out, for it stands beside the title
 */
export function shownTitle(title: string, year?: number): string {
  const name = Number(YEAR.exec(title)?.[1]) === year ? title.replace(YEAR, '') : title
  return name.trim().replace(TURNED, (_, before: string, rest: string, article: string) => {
    return `${before}${article}${article.endsWith("'") ? '' : ' '}${rest}`
  })
}

/** The title without the article that it begins with: people look for *Matrix*. */
export const withoutArticle = (shown: string): string => shown.replace(LEADING, '')
