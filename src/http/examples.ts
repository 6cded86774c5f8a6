/**
 * What the default model answers to the example requests of the OpenAPI document. A test sends them and compares the
 * answers; the last digits of a score depend on the processor.
 */
const model = 'movielens/2'
const source = 'history'

export const examples = {
  recommend: {
    text: '480,589,1259',
    json: {
      userId: '42',
      source,
      model,
      items: [
        { movieId: 480, score: 2.851266 },
        { movieId: 589, score: 2.69414 },
        { movieId: 1259, score: 2.548436 }
      ]
    }
  },
  recommendForHistory: {
    request: { history: [589, 1036, 2571], n: 3 },
    text: '110,260,318',
    json: {
      source,
      model,
      items: [
        { movieId: 110, score: 0.14371 },
        { movieId: 260, score: 0.14214 },
        { movieId: 318, score: 0.141361 }
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
            { movieId: 480, score: 2.851266 },
            { movieId: 589, score: 2.69414 }
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
    text: '480,1240,1198',
    json: {
      source,
      model,
      items: [
        { movieId: 480, score: 7.524761 },
        { movieId: 1240, score: 6.822801 },
        { movieId: 1198, score: 6.735193 }
      ]
    }
  },
  similar: {
    text: '110,480,457',
    json: {
      movieId: 589,
      source,
      model,
      items: [
        { movieId: 110, score: 0.0647 },
        { movieId: 480, score: 0.060391 },
        { movieId: 457, score: 0.059792 }
      ]
    }
  },
  popular: {
    text: '318,356,296',
    json: {
      source: 'popular',
      model,
      items: [
        { movieId: 318, score: 1 },
        { movieId: 356, score: 0.914352 },
        { movieId: 296, score: 0.886574 }
      ]
    }
  }
} as const
