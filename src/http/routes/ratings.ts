import type { LiveHistories } from '../../histories/live-histories.js'
import type { LiveRating, Order } from '../../histories/store.js'
import type { Site } from '../../recommender/model/items.js'
import type { Recommender } from '../../recommender/recommender.js'
import { newestFirst, type StoredRating, storedRatings } from '../../recommender/stored-ratings.js'
import { compile } from '../../validation/ajv.js'
import { sentences } from '../../validation/sentences.js'
import { Problem } from '../errors.js'
import type { App } from '../fastify.js'
import {
  GUARDED,
  movieQuery,
  noContent,
  noQuery,
  ratingResults,
  ratingSchemas,
  ratingsPage,
  ratingsQuery,
  responses,
  userMovieParams,
  userParams
} from '../schemas.js'
import { WRITES } from '../security/api-keys.js'
import { failedResult } from './failed-result.js'
import { rowOf } from './request.js'

/** What a caller says of a rating: ids may be whole numbers, a time is in seconds since 1970 or in ISO 8601. */
interface SentRating {
  movieId: string | number
  rating?: number
  time?: string | number
}

/** Clocks of callers may be so much ahead. */
const AHEAD_MS = 60_000
/** So many ratings of one request are written at the same time. */
const AT_ONCE = 50

const ERRORS_OF_ALL = ['invalid_request', 'store_unavailable', ...GUARDED] as const
const ERRORS_OF_WRITES = [...ERRORS_OF_ALL, 'forbidden'] as const

/** Ratings that count in the next answer, kept in a store. */
export function ratingRoutes(app: App, recommender: Recommender, histories: LiveHistories | undefined): void {
  if (!histories) return refuse(app)
  const { ratingBody, ratingsBody, newRating } = ratingSchemas(recommender.model.scale)
  const validRating = compile<SentRating & { userId: string | number }>(newRating)
  const tags = ['ratings']

  app.put(
    '/users/:userId/ratings/:movieId',
    {
      config: WRITES,
      schema: {
        operationId: 'rate',
        tags,
        summary: 'Keep a rating',
        description: 'It counts in the next answer. Of two ratings of a movie the newer one counts.',
        params: userMovieParams,
        querystring: movieQuery,
        body: ratingBody,
        response: noContent('It is kept.', ...ERRORS_OF_WRITES, 'unknown_movie', 'body_too_large', 'unsupported_media_type')
      }
    },
    async ({ params, query, body }, reply) => {
      await histories.write(params.userId, ...toLive(recommender, { ...body, movieId: params.movieId }, query.ids))
      return reply.code(204).send()
    }
  )

  app.delete(
    '/users/:userId/ratings/:movieId',
    {
      config: WRITES,
      schema: {
        operationId: 'unrate',
        tags,
        summary: 'Take a rating back',
        description: 'The movie counts as never rated, whether the rating was kept here or came with the model.',
        params: userMovieParams,
        querystring: movieQuery,
        response: noContent('It does not count any more.', ...ERRORS_OF_WRITES, 'unknown_movie')
      }
    },
    async ({ params, query }, reply) => {
      const [rating] = toLive(recommender, { movieId: params.movieId }, query.ids)
      await histories.write(params.userId, { ...rating, isRemoved: true }, 'as written')
      return reply.code(204).send()
    }
  )

  app.get(
    '/users/:userId/ratings',
    {
      schema: {
        operationId: 'ratings',
        tags,
        summary: 'What is kept of a user',
        description: 'Newest first. What came with the model tells no times, and comes last.',
        params: userParams,
        querystring: ratingsQuery,
        response: responses('A page of their ratings.', { 'application/json': ratingsPage }, ...ERRORS_OF_ALL)
      }
    },
    async ({ params: { userId }, query: { n, cursor, ids: site } }, reply) => {
      // A cache that is told nothing may keep it, beyond a write or a wish to be forgotten.
      reply.header('cache-control', 'no-store')
      const [live] = await histories.readAll([userId])
      const all = storedRatings(recommender.model, userId, live).sort(newestFirst)
      const last = cursor === undefined ? undefined : toPlace(cursor)
      const rest = last ? all.filter(rating => newestFirst(last, rating) < 0) : all
      const page = rest.slice(0, n)
      return {
        userId,
        ratings: page.flatMap(rating => describe(recommender, rating, site)),
        ...(rest.length > n && { next: toCursor(page[n - 1]) })
      }
    }
  )

  app.delete(
    '/users/:userId',
    {
      config: WRITES,
      schema: {
        operationId: 'forget',
        tags,
        summary: 'Forget a user',
        description: 'All that is kept of them is removed, and what came with the model does not count any more.',
        params: userParams,
        querystring: noQuery,
        response: noContent('They are as unknown as anybody.', ...ERRORS_OF_WRITES)
      }
    },
    async ({ params }, reply) => {
      await histories.forget(params.userId)
      return reply.code(204).send()
    }
  )

  app.post(
    '/ratings',
    {
      config: WRITES,
      schema: {
        operationId: 'rateMany',
        tags,
        summary: 'Keep up to 1,000 ratings',
        querystring: noQuery,
        body: ratingsBody,
        response: responses(
          'A result for each rating, with the status that it alone would have got.',
          { 'application/json': ratingResults },
          ...ERRORS_OF_WRITES,
          'body_too_large',
          'unsupported_media_type'
        )
      }
    },
    async request => {
      const { ratings, ids } = request.body
      const inOrder = oneAfterAnother()
      const resultFor = async (sent: unknown): Promise<object> => {
        try {
          if (!validRating(sent)) throw new Problem('invalid_request', sentences(validRating.errors, 'rating').join('; '))
          const userId = String(sent.userId)
          const [rating, order] = toLive(recommender, sent, ids)
          await inOrder(JSON.stringify([userId, rating.movieId]), () => histories.write(userId, rating, order))
          return { status: 204 }
        } catch (error) {
          return failedResult(error, request)
        }
      }
      const results: object[] = []
      while (results.length < ratings.length)
        results.push(...(await Promise.all(ratings.slice(results.length, results.length + AT_ONCE).map(resultFor))))
      return { results }
    }
  )
}

/** Without a store there is nothing at these paths, but a sentence that says how to change that. */
function refuse(app: App): void {
  const sentence =
    'No ratings are kept here. To keep some, set HISTORY_STORE, for example to file:./data/histories, and start the service anew.'
  const routes = { '/users/:userId/ratings/:movieId': ['PUT', 'DELETE'], '/users/:userId/ratings': ['GET'], '/users/:userId': ['DELETE'] }
  for (const [url, method] of Object.entries({ ...routes, '/ratings': ['POST'] })) {
    const onRequest = (): never => {
      throw new Problem('no_route', sentence)
    }
    app.route({ url, method, schema: { hide: true }, onRequest, handler: () => {} })
  }
}

/**
 * A rating as it is kept, under the model's own id, and whose time decides.
 *
 * @throws Problem for a movie that the model does not know, and a time in the future
 */
function toLive(recommender: Recommender, { movieId, rating, time }: SentRating, site?: Site): [LiveRating, Order] {
  const own = recommender.catalogue.ids().idOf(rowOf(recommender, String(movieId), site))
  const now = Date.now()
  if (time === undefined) return [{ movieId: own, rating, time: now }, 'as written']
  const ms = typeof time === 'number' ? Math.round(time * 1000) : msOf(time)
  if (!(ms >= 0)) throw new Problem('invalid_request', `time: expected a time since 1970, found ${JSON.stringify(time)}`)
  if (ms > now + AHEAD_MS)
    throw new Problem(
      'invalid_request',
      `time: expected no time in the future, now is ${new Date(now).toISOString()}, found ${JSON.stringify(time)}`
    )
  return [{ movieId: own, rating, time: ms }, 'by time']
}

/** ms since 1970, NaN where there is no such time: JavaScript takes the 30th of February for the 2nd of March. */
function msOf(isoTime: string): number {
  const day = isoTime.slice(0, 'yyyy-mm-dd'.length)
  return new Date(day).toJSON()?.startsWith(day) ? Date.parse(isoTime) : Number.NaN
}

/** A rating for callers. With ids of a site, one of a movie that has none there is left out. */
function describe({ catalogue }: Recommender, { movieId, rating, time }: StoredRating, site?: Site): object[] {
  const row = catalogue.ids().rowOf(movieId)
  const when = time === undefined ? {} : { time: new Date(time).toISOString() }
  // It came with another model.
  if (row === undefined) return site ? [] : [{ movieId, rating, ...when }]
  if (!catalogue.ids(site).has(row)) return []
  const { movieId: id, title, year } = catalogue.movie(row, site)
  return [{ movieId: id, title, year, rating, ...when }]
}

const toCursor = ({ time = 0, movieId }: StoredRating): string => `${time},${movieId}`

function toPlace(cursor: string): StoredRating {
  const comma = cursor.indexOf(',')
  return { time: Number(cursor.slice(0, comma)), movieId: cursor.slice(comma + 1) }
}

/** Runs what has the same key one after another, in the order in which it came. */
function oneAfterAnother(): (key: string, act: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>()
  return (key, act) => {
    const done = (last.get(key) ?? Promise.resolve()).catch(() => {}).then(act)
    last.set(key, done)
    return done
  }
}
