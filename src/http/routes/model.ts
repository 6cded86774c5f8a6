import { GRAPH } from '../../recommender/model/files.js'
import { type Site, SITES } from '../../recommender/model/items.js'
import type { Recommender } from '../../recommender/recommender.js'
import type { App } from '../fastify.js'
import { GUARDED, modelInfo, responses } from '../schemas.js'

/** Which model answers, what it was trained on, how good it is, and what can be asked of it. */
export function modelRoute(app: App, { model: { manifest, histories, items, scale }, catalogue }: Recommender, hasStore: boolean): void {
  const { name, version, created, files, data, hyperparameters, quality, link } = manifest
  const info = {
    name,
    version,
    created,
    sha256: files[GRAPH],
    items: catalogue.size,
    users: histories.userIds.length,
    genres: catalogue.genres,
    titles: items.titles !== undefined,
    map: items.map !== undefined,
    ids: (Object.keys(SITES) as Site[]).filter(site => items[site]),
    store: hasStore,
    ratings: { least: scale.least, greatest: scale.greatest, liked: scale.liked },
    ...(link && { link }),
    data,
    hyperparameters,
    ...(quality && { quality })
  }
  const schema = {
    operationId: 'model',
    tags: ['operations'],
    summary: 'Which model answers',
    response: responses('The model card, for machines.', { 'application/json': modelInfo }, ...GUARDED)
  }
  app.get('/model', { schema }, async () => info)
}
