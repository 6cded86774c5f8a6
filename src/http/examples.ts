/**
 * What the default model answers to the example requests of the OpenAPI document. A test sends them and compares the
 * answers; the last digits of a score depend on the processor.
 */
const model = 'movielens/2'
const source = 'history'

export const examples = {
  recommend: {
    text: '2858,1259,480',
    json: {
      userId: '42',
      source,
      model,
      items: [
        { movieId: '2858', score: 0.111801 },
        { movieId: '1259', score: 0.10325 },
        { movieId: '480', score: 0.102342 }
      ]
    }
  },
  recommendForHistory: {
    request: { history: [589, 1036, 2571], n: 3 },
    text: '1240,2028,1196',
    json: {
      source,
      model,
      items: [
        { movieId: '1240', score: 0.014581 },
        { movieId: '2028', score: 0.014214 },
        { movieId: '1196', score: 0.013601 }
      ]
    }
  },
  recommendBatch: {
    request: { users: ['42', 'nobody'], n: 2, strict: true },
    json: {
      model,
      results: [
        {
          status: 200,
          userId: '42',
          source,
          items: [
            { movieId: '2858', score: 0.111801 },
            { movieId: '1259', score: 0.10325 }
          ]
        },
        {
          status: 404,
          userId: 'nobody',
          problem: {
            type: 'urn:movie-recommender:unknown_user',
            title: 'Not Found',
            status: 404,
            code: 'unknown_user',
            detail: 'The model has no history of user nobody.'
          }
        }
      ]
    }
  },
  recommendGroup: {
    request: { users: ['42'], histories: [[589, 1036]], n: 3 },
    text: '1240,480,1291',
    json: {
      source,
      model,
      items: [
        { movieId: '1240', score: 0.749843 },
        { movieId: '480', score: 0.660647 },
        { movieId: '1291', score: 0.595888 }
      ]
    }
  },
  similar: {
    text: '1240,110,480',
    json: {
      movieId: '589',
      source,
      model,
      items: [
        { movieId: '1240', score: 0.281622 },
        { movieId: '110', score: 0.161654 },
        { movieId: '480', score: 0.161244 }
      ]
    }
  },
  popular: {
    text: '318,356,296',
    json: {
      source: 'popular',
      model,
      items: [
        { movieId: '318', score: 0.005593 },
        { movieId: '356', score: 0.005498 },
        { movieId: '296', score: 0.005478 }
      ]
    }
  }
} as const
