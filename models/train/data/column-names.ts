/** The usual names of a column, in lower case and without `_`, `-` or blanks. The first that a file has counts. */
export type Names<Column extends string> = Record<Column, { usual: readonly string[]; isOptional?: boolean }>

const ITEM = [
  ...['movieid', 'itemid', 'filmid', 'bookid', 'productid', 'articleid', 'animeid', 'gameid', 'trackid', 'songid', 'artistid'],
  ...['recipeid', 'businessid', 'contentid', 'showid', 'iid', 'isbn', 'asin', 'parentasin', 'sku'],
  ...['movie', 'item', 'film', 'book', 'product', 'article', 'anime', 'game', 'track', 'song', 'artist', 'recipe', 'business', 'show']
]

export const RATING_COLUMNS = {
  user: {
    usual: [
      ...['userid', 'uid', 'reviewerid', 'customerid', 'memberid', 'visitorid', 'personid', 'accountid', 'profileid', 'viewerid'],
      ...['user', 'username', 'reviewer', 'customer', 'member', 'visitor', 'person', 'account', 'viewer', 'profile']
    ]
  },
  item: { usual: ITEM },
  rating: {
    usual: [
      ...['rating', 'ratings', 'userrating', 'bookrating', 'movierating', 'ratingvalue', 'stars', 'star', 'score', 'overall'],
      ...['reviewscore', 'grade', 'mark', 'eventvalue', 'value', 'preference', 'count', 'counts', 'plays', 'playcount', 'views', 'weight']
    ],
    isOptional: true
  },
  time: {
    usual: [
      ...['timestamp', 'ratingtimestamp', 'unixreviewtime', 'time', 'datetime', 'date', 'ratedat', 'ratingdate', 'createdat'],
      ...['eventtime', 'reviewtime', 'reviewdate', 'updatedat', 'dateadded', 'ts']
    ],
    isOptional: true
  }
} satisfies Names<string>

/** Of a file of one person, which need not say who that is. */
export const PERSON_COLUMNS = {
  item: RATING_COLUMNS.item,
  rating: RATING_COLUMNS.rating,
  time: RATING_COLUMNS.time,
  user: { ...RATING_COLUMNS.user, isOptional: true }
} satisfies Names<string>

export const MOVIE_COLUMNS = {
  item: { usual: [...ITEM, 'id', 'tconst', 'imdbid', 'tmdbid'] },
  title: { usual: ['title', 'name', 'movietitle', 'booktitle', 'primarytitle', 'originaltitle'] },
  genres: { usual: ['genres', 'genre', 'category', 'categories', 'class'], isOptional: true },
  year: { usual: ['year', 'releaseyear', 'startyear', 'yearofpublication', 'publicationyear'], isOptional: true },
  imdb: { usual: ['imdbid', 'imdb', 'tconst'], isOptional: true },
  tmdb: { usual: ['tmdbid', 'tmdb'], isOptional: true }
} satisfies Names<string>

export const LINK_COLUMNS = { item: MOVIE_COLUMNS.item, imdb: MOVIE_COLUMNS.imdb, tmdb: MOVIE_COLUMNS.tmdb } satisfies Names<string>

/** The columns that somebody wants. */
export interface Wanted<Column extends string> {
  names: Names<Column>
  /** other names, or places from 1, that take precedence: from `--columns user=…,item=…` */
  given: Readonly<Record<string, string>>
  /** what the option for them is called */
  option: string
}

/** Where each column is: its place in the file, from 0. */
export type Places<Column extends string> = Partial<Record<Column, number>>

/**
 * Finds the columns by name.
 *
 * @throws Error with the columns found, those missing and those optional
 */
export function placesOf<Column extends string>(found: readonly string[], { names, given, option }: Wanted<Column>): Places<Column> {
  const plain = found.map(plainName)
  const places: Places<Column> = {}
  for (const [column, { usual }] of Object.entries(names) as [Column, Names<Column>[Column]][]) {
    const wanted = given[column]
    const name = wanted === undefined ? usual.find(name => plain.includes(name)) : plainName(wanted)
    if (name === undefined) continue
    const place = wanted !== undefined && !plain.includes(name) && /^\d+$/.test(wanted) ? Number(wanted) - 1 : plain.indexOf(name)
    if (place < 0 || place >= found.length) throw new Error(`expected a column ${wanted} for ${column}, ${foundIn(found)}`)
    if (plain.indexOf(plain[place], place + 1) > 0)
      throw new Error(`the column ${found[place]} comes twice: say which one counts, ${option} ${column}=${place + 1}`)
    places[column] = place
  }
  const missing = columnsOf(names).filter(column => places[column] === undefined && !names[column].isOptional)
  if (missing.length > 0) {
    const optional = columnsOf(names).filter(column => names[column].isOptional)
    throw new Error(
      `no column for ${missing.join(' and ')}, ${foundIn(found)}; optional: ${optional.join(', ')}. ` +
        `Name them: ${option} ${missing.map(column => `${column}=NAME`).join(',')}, or by their number, ${missing[0]}=1`
    )
  }
  return places
}

/** The columns in this order: what a file without a header has. */
export function placesInOrder<Column extends string>(count: number, names: Names<Column>): Places<Column> {
  return Object.fromEntries(
    columnsOf(names)
      .slice(0, count)
      .map((column, place) => [column, place])
  ) as Places<Column>
}

/** Whether a line holds names of columns rather than values. */
export function isHeader(cells: readonly string[], names: Names<string>, given: Readonly<Record<string, string>>): boolean {
  const known = new Set([...Object.values(names).flatMap(({ usual }) => usual), ...Object.values(given).filter(isName).map(plainName)])
  return (
    cells.filter(cell => known.has(plainName(cell))).length >= 2 || (cells.length > 1 && cells.every(cell => known.has(plainName(cell))))
  )
}

const isName = (text: string): boolean => !/^\d+$/.test(text)
const columnsOf = <Column extends string>(names: Names<Column>): Column[] => Object.keys(names) as Column[]
const foundIn = (found: readonly string[]): string => `found ${found.join(', ')}`

/** `User-ID`, `user_id`, `userId` and RecBole's `user_id:token` are all the same. */
const plainName = (name: string): string =>
  name
    .replace(/:(token|float)(_seq)?$/, '')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase()
