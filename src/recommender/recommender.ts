import type { LiveHistory } from '../histories/store.js'
import { Batcher, type BatcherLimits, QueueFull } from './batcher.js'
import { Catalogue } from './catalogue.js'
import type { Filters } from './filters.js'
import { balanced, leastMisery, union } from './group.js'
import { extended, type HistoryEntry, latest, liveRows, newest, sorted, weighted, type WeightedHistory, without } from './history.js'
import type { Ids } from './ids.js'
import { EMPTY_HISTORY, type History } from './model/histories.js'
import type { MovieId } from './model/items.js'
import type { Model } from './model/load-model.js'
import { likenessOf } from './likeness.js'
import { explain, type Method, type Reasons, type Share } from './reasons.js'
import type { Candidates, CandidateScorer, CandidateScores } from './scoring/candidates.js'
import { flatten, type Query, type Ranking, rankingOf, type Rankings } from './scoring/query.js'
import { FIRST, shuffled, varied } from './variety.js'

/** What every request may say of its answer. */
interface Wanted extends Filters {
  /** movies that must not be answered, beyond all that was rated */
  exclude?: readonly MovieId[]
  /** how many movies */
  n: number
  /** from 0 to 1: how much it counts that the movies differ from each other */
  variety?: number
  /** another list of the same quality for each number */
  seed?: number
  /** whether to say why */
  explain?: boolean
}

/** Recommend for a known user, for a history that comes with the request, or for both together. */
export interface RecommendRequest extends Wanted {
  /** whose stored history to start from */
  userId?: string
  /** what a store has of this user: it counts more than the model's file, and less than `history` */
  live?: LiveHistory
  /** movies they rated or like, oldest first; if one comes twice, the later counts */
  history?: readonly HistoryEntry[]
  /** whether `history` comes on top of the stored one, or in its place */
  mode?: 'extend' | 'replace'
  /** what decides: what people like who like the same, or what is alike, where the model tells these two apart */
  by?: 'taste' | 'likeness'
}

/** Recommend for several people at once. */
export interface GroupRequest extends Wanted {
  users?: readonly string[]
  /** what a store has of each of `users` */
  lives?: readonly LiveHistory[]
  /** of people who are not known, as in `RecommendRequest` */
  histories?: readonly (readonly HistoryEntry[])[]
  /** whether all count the same, or the least happy one decides */
  mode?: 'together' | 'everyone'
  /** whether what some of them have rated may be answered, unless all of them have, or one disliked it */
  seen?: 'none' | 'any'
}

/** What decided the order: the user's ratings, or, if the model knows nothing of them, what everybody likes. */
export type Source = 'history' | 'popular'

export interface Recommendation {
  source: Source
  /** best first; fewer than asked for when fewer are left */
  movieIds: MovieId[]
  /** the same movies, with everything that is known about them */
  items(): Item[]
  /** how the reasons were found, if they were asked for */
  reasons?: Method
  /** movies of the request that the catalogue does not have */
  unknownMovieIds: MovieId[]
}

export interface Item {
  movieId: MovieId
  score: number
  title?: string
  year?: number
  because?: MovieShare[]
  against?: MovieShare[]
  /** what popularity adds to the score, where that is a sum */
  popularity?: number
  /** of a group: the reasons of each person, users first */
  people?: { userId?: string; because: MovieShare[]; against: MovieShare[] }[]
}

export interface MovieShare {
  movieId: MovieId
  title?: string
  year?: number
  share: number
}

/** Learns what happens inside, for metrics. */
export interface Observer {
  batchScored(size: number, seconds: number): void
  /** @param rows [size]: how many item rows were scored for each query; only graphs that stop early tell */
  rowsScanned(rows: Int32Array): void
  recommended(source: Source): void
  refused(reason: 'queue_full'): void
}

/** What is known of one person: from a stored history, from what came with the request, or from both. */
interface Person {
  userId?: string
  history: WeightedHistory
  /** rows that they rated, however */
  rated: Int32Array
  /** rows that they rated below a like */
  disliked(): Int32Array
  unknown: MovieId[]
}

type LikenessQuery = Query & { by?: 'taste' | 'likeness' }

const isCandidates = (input: LikenessQuery | Candidates): input is Candidates => 'histories' in input

/** One idea carries it: everyone is a history. An unknown user is an empty history, and the graph answers that with what is popular. */
export class Recommender {
  /** `name/version` of the model */
  readonly version: string
  readonly catalogue: Catalogue
  /** what was worked out of a live history that has not changed since: whoever reads it again gets the same object */
  readonly #persons = new WeakMap<LiveHistory, Person>()
  readonly #batcher: Batcher<LikenessQuery | Candidates, Ranking | CandidateScores>

  constructor(
    readonly model: Model,
    limits: BatcherLimits,
    readonly observer?: Observer
  ) {
    this.version = `${model.manifest.name}/${model.manifest.version}`
    this.catalogue = new Catalogue(model.items)
    this.#batcher = new Batcher(inputs => this.#runBatch(inputs), limits)
  }

  /** how many requests wait to be scored */
  get waiting(): number {
    return this.#batcher.waiting
  }

  /**
   * Checks that all requests of a group have room, before they are made in the same turn of the event loop.
   *
   * @throws QueueFull
   */
  admit(requests: number): void {
    try {
      this.#batcher.admit(requests)
    } catch (error) {
      this.observer?.refused('queue_full')
      throw error
    }
  }

  /** @param live what a store has of this user */
  knows(userId: string, live?: LiveHistory): boolean {
    if (live?.ratings.some(({ isRemoved }) => !isRemoved)) return true
    return !live?.isForgotten && this.model.histories.of(userId) !== undefined
  }

  /**
   * The best movies for a history, without what is excluded.
   *
   * @param group requests of the same group, made in one turn of the event loop, are scored as one batch
   * @throws QueueFull, TookTooLong
   */
  recommend({ userId, live, history, mode, by, ...wanted }: RecommendRequest, group?: object): Promise<Recommendation> {
    const ids = this.catalogue.ids(wanted.ids)
    if (mode === 'replace') return this.#answer(this.#person(ids, undefined, history), wanted, { by, group })
    const person = live && !history?.length ? this.#keptPerson(ids, userId, live) : this.#person(ids, userId, history, { live })
    return this.#answer(person, wanted, { by, group })
  }

  /**
   * The best movies for several people. Each of them weighs the same.
   *
   * @throws QueueFull, TookTooLong
   */
  async recommendGroup({ users = [], lives, histories = [], mode, seen, ...wanted }: GroupRequest): Promise<Recommendation> {
    const ids = this.catalogue.ids(wanted.ids)
    const size = users.length + histories.length
    const most = this.#maxHistory
    const share = most && Math.max(1, Math.floor(most / size))
    const people = [
      ...users.map((userId, i) => this.#person(ids, userId, [], { live: lives?.[i], most: share })),
      ...histories.map(history => this.#person(ids, undefined, history, { most: share }))
    ]
    const own = balanced(people.map(({ history }) => history))
    const together = {
      history: newest(sorted(toHistory(union(own))), most),
      rated: seen === 'any' ? ratedByAllOrDisliked(people) : concat(...people.map(({ rated }) => rated)),
      unknown: people.flatMap(({ unknown }) => unknown)
    }
    return this.#answer(together, wanted, {
      people: people.map(({ userId }, i) => ({ userId, history: own[i] })),
      rerank: mode === 'everyone' ? (ranking, scorer) => leastMisery(ranking, own, scorer) : undefined
    })
  }

  /** Closes the model. No request may be waiting. */
  close(): Promise<void> {
    return this.model.scorer.close()
  }

  async #answer(
    { history, rated, unknown }: Pick<Person, 'history' | 'rated' | 'unknown'>,
    { exclude = [], n, variety = 0, seed, explain: isExplained = false, ...filters }: Wanted,
    { by, group, people, rerank }: Details
  ): Promise<Recommendation> {
    const { catalogue } = this
    const ids = catalogue.ids(filters.ids)
    const excluded = ids.lookUp(exclude)
    const isReordered = rerank !== undefined || variety > 0 || seed !== undefined
    const query: LikenessQuery = {
      history: history.rows,
      weights: history.weights,
      exclude: concat(rated, excluded.rows, catalogue.rowsOutside(filters)),
      k: Math.min(isReordered ? Math.max(n, FIRST) : n, catalogue.size),
      by
    }
    const source = catalogue.hasSignal(history.rows) ? 'history' : 'popular'
    const isLong = variety > 0 || isExplained
    const steps = this.#stepsOf(people?.length ?? Number(isLong), group)
    let ranking = await steps.rank(query)
    if (rerank) ranking = await rerank(ranking, steps)
    if (seed !== undefined) ranking = shuffled(ranking, seed)
    if (variety > 0) ranking = await vary(ranking, variety, steps)
    if (isReordered) ranking = { rows: ranking.rows.slice(0, n), scores: ranking.scores.slice(0, n) }
    const reasons = isExplained ? await this.#explain(ranking, people ?? [{ history }], steps) : undefined
    this.observer?.recommended(source)
    const items = (): Item[] => this.#items(ranking, ids, reasons, people)
    const unknownIds = unknown.concat(excluded.unknown, ids.lookUp(filters.only ?? []).unknown)
    return new Answer(source, ranking, ids, items, unknownIds, reasons && methodOf(reasons))
  }

  /**
   * The runs that one request needs, one after another, all of them through the queue. A request of several steps has one of them
   * there at a time, so it holds up others no more than a plain one, and takes longer itself.
   *
   * @param requests how many it counts as beside plain ones, to which it leaves half of the queue; 0 for a plain one
   * @throws QueueFull
   */
  #stepsOf(requests: number, group?: object): CandidateScorer & { rank(query: LikenessQuery): Promise<Ranking> } {
    const since = performance.now()
    if (requests > 0 && group === undefined) this.admit(requests)
    const admitted = requests > 0 ? (group ?? {}) : group
    return {
      rank: query => this.#submit(query, admitted, since) as Promise<Ranking>,
      scoreCandidates: candidates => this.#submit(candidates, admitted, since) as Promise<CandidateScores>
    }
  }

  async #submit(input: LikenessQuery | Candidates, group: object | undefined, since: number): Promise<Ranking | CandidateScores> {
    try {
      return await this.#batcher.submit(input, group, since)
    } catch (error) {
      if (error instanceof QueueFull) this.observer?.refused('queue_full')
      throw error
    }
  }

  /** Queries go together; candidates are scored one after another, each by itself. */
  async #runBatch(inputs: (LikenessQuery | Candidates)[]): Promise<(Ranking | CandidateScores | Error)[]> {
    const queries = inputs.filter((input): input is LikenessQuery => !isCandidates(input))
    const rankings = await this.#scoreBatch(queries)
    if (queries.length === inputs.length) return rankings
    const next = rankings.values()
    const outputs: (Ranking | CandidateScores | Error)[] = []
    for (const input of inputs) {
      if (isCandidates(input)) outputs.push(await this.model.scorer.scoreCandidates(input).catch((error: Error) => error))
      else outputs.push(next.next().value as Ranking | Error)
    }
    return outputs
  }

  async #scoreBatch(queries: LikenessQuery[]): Promise<(Ranking | Error)[]> {
    const { scorer } = this.model
    const alike = queries.filter(({ by }) => by === 'likeness')
    if (alike.length === 0) return this.#score(queries, scorer.score)
    const others = queries.filter(({ by }) => by !== 'likeness')
    const [similar, next] = await Promise.all([this.#score(alike, scorer.scoreByLikeness), this.#score(others, scorer.score)])
    const rankings = [...similar, ...next]
    const byQuery = new Map([...alike, ...others].map((query, i) => [query, rankings[i]]))
    return queries.map(query => byQuery.get(query) as Ranking | Error)
  }

  async #score(queries: LikenessQuery[], run: Model['scorer']['score']): Promise<(Ranking | Error)[]> {
    if (queries.length === 0) return []
    const start = performance.now()
    const rankings = await run(flatten(queries))
    this.observer?.batchScored(queries.length, (performance.now() - start) / 1000)
    if (rankings.scannedRows) this.observer?.rowsScanned(rankings.scannedRows)
    return queries.map((_, i) => rankingOrError(rankings, i))
  }

  /** how long a history may be, for a model that takes no longer ones */
  get #maxHistory(): number | undefined {
    return this.model.manifest.maxHistory
  }

  /**
   * One history: what the model's file has, on top of it what a store has, and on top of that what comes with the request.
   *
   * @param most how many entries of it are kept, the newest
   */
  #person(
    ids: Ids,
    userId: string | undefined,
    history: readonly HistoryEntry[] = [],
    { live, most = this.#maxHistory }: PersonOptions = {}
  ): Person {
    const { scale, manifest } = this.model
    const stored = this.#stored(userId, live)
    const added = live ? liveRows(live, this.catalogue.ids(), scale) : new Map<number, number | undefined>()
    const unknown: MovieId[] = []
    for (const [movieId, rating] of latest(history)) {
      const row = ids.rowOf(movieId)
      if (row === undefined) {
        unknown.push(movieId)
        continue
      }
      // A map leaves what it has in its old place.
      added.delete(row)
      added.set(row, rating)
    }
    const disliked = (): Int32Array => {
      const isDisliked = (rating = scale.greatest): boolean => rating < scale.liked
      const old = stored.rows.filter((row, at) => !added.has(row) && isDisliked(manifest.ratings[stored.ratings[at]].value))
      const fresh = [...added].flatMap(([row, rating]) => (isDisliked(rating) ? [row] : []))
      return concat(old, fresh)
    }
    const kept = weighted(stored, scale)
    const rated = concat(stored.rows, [...added.keys()])
    if (added.size === 0 && most === undefined) return { userId, history: kept, rated, disliked, unknown }
    const all = newest(extended(kept, new Map(Array.from(added, ([row, rating]) => [row, scale.weightOf(rating)]))), most)
    return { userId, history: manifest.order ? all : sorted(all), rated, disliked, unknown }
  }

  /** Somebody to whose live history the request adds nothing: worked out once. */
  #keptPerson(ids: Ids, userId: string | undefined, live: LiveHistory): Person {
    const known = this.#persons.get(live)
    if (known) return known
    const person = this.#person(ids, userId, [], { live })
    // One without ratings may be the same object for many users.
    if (live.ratings.length > 0) this.#persons.set(live, person)
    return person
  }

  /** What the model's file has of a user, without what a store knows better. */
  #stored(userId: string | undefined, live?: LiveHistory): History {
    if (userId === undefined || live?.isForgotten) return EMPTY_HISTORY
    const stored = this.model.histories.of(userId) ?? EMPTY_HISTORY
    if (!live || live.ratings.length === 0) return stored
    return without(stored, new Set(this.catalogue.ids().lookUp(live.ratings.map(({ movieId }) => movieId)).rows))
  }

  /** For each person, the reasons of each row. */
  async #explain({ rows }: Ranking, people: { history: WeightedHistory }[], scorer: CandidateScorer): Promise<Reasons[][]> {
    const all: Reasons[][] = []
    for (const { history } of people) all.push(await explain(scorer, this.model.manifest.linear, history, rows.slice()))
    return all
  }

  #items({ rows, scores }: Ranking, ids: Ids, explained?: Reasons[][], people?: { userId?: string }[]): Item[] {
    const { titles, years } = this.model.items
    const toShare = ({ row, share }: Share): MovieShare => ({
      movieId: ids.idOf(row),
      title: titles?.[row] || undefined,
      year: years?.[row] || undefined,
      share
    })
    const toShares = (shares: Share[]): MovieShare[] => shares.filter(({ row }) => ids.has(row)).map(toShare)
    const toReasons = ({ because, against }: Reasons) => ({ because: toShares(because), against: toShares(against) })
    const isSum = explained !== undefined && methodOf(explained) === 'sum'
    const items = new Array<Item>(rows.length)
    for (let rank = 0; rank < rows.length; rank++) {
      const item: Item = this.#item(ids, rows[rank], scores[rank])
      if (explained && people) item.people = people.map(({ userId }, i) => ({ userId, ...toReasons(explained[i][rank]) }))
      else if (explained) Object.assign(item, toReasons(explained[0][rank]))
      if (explained && isSum) item.popularity = explained.reduce((left, own) => left - (own[rank].total ?? 0), scores[rank])
      items[rank] = item
    }
    return items
  }

  /** A plain literal: there are up to 500 of them in an answer, and copies made by a spread are slow to read. */
  #item(ids: Ids, row: number, score: number): Item {
    const { titles, years } = this.model.items
    return { movieId: ids.idOf(row), score, title: titles?.[row] || undefined, year: years?.[row] || undefined }
  }
}

interface PersonOptions {
  live?: LiveHistory
  most?: number
}

interface Details {
  by?: 'taste' | 'likeness'
  group?: object
  /** of a group: each person's own history, which the reasons are told by */
  people?: { userId?: string; history: WeightedHistory }[]
  rerank?: (ranking: Ranking, scorer: CandidateScorer) => Promise<Ranking>
}

async function vary(ranking: Ranking, variety: number, scorer: CandidateScorer): Promise<Ranking> {
  const rows = ranking.rows.slice(0, FIRST)
  if (rows.length === 0) return ranking
  return varied(ranking, await likenessOf(scorer, rows), variety)
}

/** @param reasons for each person, of each row */
const methodOf = (reasons: Reasons[][]): Method =>
  reasons.every(own => own.every(({ total }) => total !== undefined)) ? 'sum' : 'leave-one-out'

/**
 * Ids are made when they are read: an answer that waits for its client holds rows and scores, and no more. A class, since V8 gives each
 * literal with a getter a shape of its own, and keeps with it all that the getter sees until the next full collection.
 */
class Answer implements Recommendation {
  constructor(
    readonly source: Source,
    readonly ranking: Ranking,
    readonly ids: Ids,
    readonly items: () => Item[],
    readonly unknownMovieIds: MovieId[],
    readonly reasons?: Method
  ) {}

  get movieIds(): MovieId[] {
    return idsOf(this.ranking, this.ids)
  }
}

function idsOf({ rows }: Ranking, ids: Ids): MovieId[] {
  const movieIds = new Array<MovieId>(rows.length)
  for (let rank = 0; rank < rows.length; rank++) movieIds[rank] = ids.idOf(rows[rank])
  return movieIds
}

/** A query that the graph cannot answer fails alone, not those that were scored with it. */
function rankingOrError(rankings: Rankings, i: number): Ranking | Error {
  try {
    return rankingOf(rankings, i)
  } catch (error) {
    return error as Error
  }
}

const toHistory = (weights: ReadonlyMap<number, number>): WeightedHistory => ({
  rows: Int32Array.from(weights.keys()),
  weights: Float32Array.from(weights.values())
})

function ratedByAllOrDisliked(people: Person[]): Int32Array {
  const counts = new Map<number, number>()
  for (const { rated } of people) for (const row of new Set(rated)) counts.set(row, (counts.get(row) ?? 0) + 1)
  const byAll = [...counts].flatMap(([row, count]) => (count === people.length ? [row] : []))
  return concat(byAll, ...people.map(({ disliked }) => disliked()))
}

function concat(...lists: ArrayLike<number>[]): Int32Array {
  const filled = lists.filter(({ length }) => length > 0)
  if (filled.length === 1 && filled[0] instanceof Int32Array) return filled[0]
  const all = new Int32Array(filled.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of filled) {
    all.set(list, at)
    at += list.length
  }
  return all
}
