import { MAX_CATALOGUE } from '../../limits.js'
import type { Recommender } from '../../recommender/recommender.js'
import { Problem } from '../errors.js'
import type { App } from '../fastify.js'
import { catalogueColumns, GUARDED, responses } from '../schemas.js'
import { document, type Document, sendDocument } from './documents.js'

/**
 * Every movie that the model knows, for programs that draw all of them, or match their own titles with them.
 *
 * @param most how many movies a catalogue may have to be sent
 */
export function catalogueRoute(app: App, { catalogue: { items, size } }: Pick<Recommender, 'catalogue'>, most = MAX_CATALOGUE): void {
  let found: Document | undefined
  const schema = {
    operationId: 'catalogue',
    tags: ['operations'],
    summary: 'Every movie that the model knows, in columns',
    response: responses(
      `An entry for each movie in each column. A catalogue of more than ${most} movies is not sent.`,
      { 'application/json': catalogueColumns },
      'no_route',
      'answer_too_large',
      ...GUARDED
    )
  }
  app.get('/catalogue', { schema }, (request, reply) => {
    if (size > most) throw new Problem('no_route', `The catalogue of ${size} movies is not sent whole: at most ${most} are.`)
    const { map, imdb: imdbIds, tmdb: tmdbIds, ...columns } = items
    found ??= document('application/json; charset=utf-8', JSON.stringify({ ...columns, imdbIds, tmdbIds, ...map }))
    return sendDocument(request, reply, found)
  })
}
