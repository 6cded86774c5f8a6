import { randomBytes } from 'node:crypto'
import type { MovieId } from '../recommender/model/items.js'

/** The last word of somebody on a movie. */
export interface LiveRating {
  movieId: MovieId
  /** none: they like it */
  rating?: number
  /** ms since 1970: when they said so */
  time: number
  /** they took it back: it counts as never rated, in the model's file, too */
  isRemoved?: boolean
}

/** What a store has of somebody, beside what the model's file has. */
export interface LiveHistory {
  /** another one after each change, for an `ETag`; empty where nothing is stored */
  revision: string
  /** what the model's file has does not count any more */
  isForgotten: boolean
  /** the last word on each movie, in any order */
  ratings: LiveRating[]
  /** the store did not answer: this says nothing of anybody */
  isStale?: true
}

export const NOTHING_LIVE: LiveHistory = { revision: '', isForgotten: false, ratings: [] }

/**
 * Which of two words of a user on a movie counts. Where callers say the time, the newer one; of two with the same time, the one
 * written later. Where the service says it, the one written later: the clocks of two instances differ.
 */
export type Order = 'by time' | 'as written'

export type Known = (userId: string) => LiveHistory | undefined

/** Where live histories are kept, whoever else reads and writes there at the same time. */
export interface HistoryStore {
  /**
   * The histories of these users, in their order, with one round trip for all of them.
   *
   * @param known what was read of a user before: where nothing has changed since, it comes back as it is
   */
  read(userIds: readonly string[], known?: Known): Promise<LiveHistory[]>
  /** When it resolves, every later read sees it, of whatever process. */
  write(userId: string, rating: LiveRating, order?: Order): Promise<void>
  /** Removes all that is stored of somebody, and has what the model's file has of them no longer count. */
  forget(userId: string): Promise<void>
  /** What is stored, user by user, each of them once, for the way back to training. */
  all(): AsyncIterable<{ userId: string; history: LiveHistory }>
  close(): Promise<void>
}

/** What a store is asked for, in metrics. */
export const OPERATIONS = ['read', 'write', 'forget'] as const
export type Operation = (typeof OPERATIONS)[number]

/** The store did not do what was asked: it is gone, or too slow. */
export class StoreUnavailable extends Error {}

/** A new one for each change. A counter would begin anew when what it counts is dropped. */
export const newRevision = (): string => randomBytes(9).toString('base64url')

/** The word as text, for stores that keep texts: two words compare as their times do. */
export const toText = ({ time, rating, isRemoved }: LiveRating): string =>
  [String(time).padStart(15, '0'), rating ?? '', isRemoved ? 'removed' : ''].join(',')

export function fromText(movieId: MovieId, text: string): LiveRating {
  const [time, rating, removed] = text.split(',')
  return { movieId, time: Number(time), ...(rating !== '' && { rating: Number(rating) }), ...(removed !== '' && { isRemoved: true }) }
}

/** The time of a word that is text: as a text, too, for two of them to be compared. */
export const timeOf = (text: string): string => text.slice(0, text.indexOf(','))
