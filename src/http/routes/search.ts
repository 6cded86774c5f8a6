import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../config.js'
import type { Recommender } from '../../recommender/recommender.js'
import { version } from '../../version.js'
import { Problem } from '../errors.js'
import { examples } from '../examples.js'
import type { App } from '../fastify.js'
import { example, foundMovies, GUARDED, movieInfo, movieParams, movieQuery, notModified, responses, searchQuery } from '../schemas.js'
import { etagsOf, isFresh } from './conditional-get.js'
import { checkSite, rowOf } from './request.js'

/** What is known of the movies themselves: found by title, or one by its id. */
export function searchRoutes(app: App, recommender: Recommender, config: Pick<Config, 'CACHE_CONTROL'>): void {
  const { catalogue, model } = recommender
  const etagOf = etagsOf(model.manifest, version)
  /** Sets the headers for caches, and replies with 304 when the caller has this answer. */
  const isUnmodified = (request: FastifyRequest, reply: FastifyReply): boolean => {
    const etag = etagOf(request.url, 'application/json')
    reply.header('etag', etag).header('cache-control', config.CACHE_CONTROL)
    if (!isFresh(request, etag)) return false
    reply.code(304).send()
    return true
  }

  app.get(
    '/movies',
    {
      schema: {
        operationId: 'searchMovies',
        tags: ['recommendations'],
        summary: 'Movies by title',
        description: 'As it is typed: the last word may be unfinished, and where nothing fits, a slip or two in a word are forgiven.',
        querystring: searchQuery,
        response: {
          ...responses(
            'Those whose titles begin with it, then the others, each by number of likes.',
            { 'application/json': example(foundMovies, examples.searchMovies.json) },
            'invalid_request',
            'no_route',
            ...GUARDED
          ),
          ...notModified
        }
      }
    },
    async (request, reply) => {
      const { q, n, ids: site } = request.query
      checkSite(catalogue, site)
      if (!catalogue.titleSearch) throw new Problem('no_route', 'The model has no titles to look in: it was made without --movies.')
      if (isUnmodified(request, reply)) return reply
      const ids = catalogue.ids(site)
      const rows = await catalogue.titleSearch.find(q, n, row => ids.has(row))
      return { movies: rows.map(row => catalogue.movie(row, site)) }
    }
  )

  app.get(
    '/movies/:movieId',
    {
      schema: {
        operationId: 'movie',
        tags: ['recommendations'],
        summary: 'What is known of a movie',
        params: movieParams,
        querystring: movieQuery,
        response: {
          ...responses(
            'The movie; what the model does not know of it is left out.',
            { 'application/json': example(movieInfo, examples.movie.json) },
            'invalid_request',
            'unknown_movie',
            ...GUARDED
          ),
          ...notModified
        }
      }
    },
    async (request, reply) => {
      const { ids: site } = request.query
      const row = rowOf(recommender, request.params.movieId, site)
      if (isUnmodified(request, reply)) return reply
      return catalogue.movie(row, site)
    }
  )
}
