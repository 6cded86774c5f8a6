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
        { movieId: '2858', score: 0.111801, title: 'American Beauty', year: 1999 },
        { movieId: '1259', score: 0.10325, title: 'Stand by Me', year: 1986 },
        { movieId: '480', score: 0.102342, title: 'Jurassic Park', year: 1993 }
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
        { movieId: '1240', score: 0.014581, title: 'The Terminator', year: 1984 },
        { movieId: '2028', score: 0.014214, title: 'Saving Private Ryan', year: 1998 },
        { movieId: '1196', score: 0.013601, title: 'Star Wars: Episode V - The Empire Strikes Back', year: 1980 }
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
            { movieId: '2858', score: 0.111801, title: 'American Beauty', year: 1999 },
            { movieId: '1259', score: 0.10325, title: 'Stand by Me', year: 1986 }
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
        { movieId: '1240', score: 0.749843, title: 'The Terminator', year: 1984 },
        { movieId: '480', score: 0.660647, title: 'Jurassic Park', year: 1993 },
        { movieId: '1291', score: 0.595888, title: 'Indiana Jones and the Last Crusade', year: 1989 }
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
        { movieId: '1240', score: 0.281622, title: 'The Terminator', year: 1984 },
        { movieId: '110', score: 0.161654, title: 'Braveheart', year: 1995 },
        { movieId: '480', score: 0.161244, title: 'Jurassic Park', year: 1993 }
      ]
    }
  },
  popular: {
    text: '318,356,296',
    json: {
      source: 'popular',
      model,
      items: [
        { movieId: '318', score: 0.005593, title: 'The Shawshank Redemption', year: 1994 },
        { movieId: '356', score: 0.005498, title: 'Forrest Gump', year: 1994 },
        { movieId: '296', score: 0.005478, title: 'Pulp Fiction', year: 1994 }
      ]
    }
  },
  searchMovies: {
    json: {
      movies: [
        {
          movieId: '2571',
          title: 'The Matrix',
          year: 1999,
          genres: ['Action', 'Sci-Fi', 'Thriller'],
          likes: 222,
          imdbId: 'tt0133093',
          tmdbId: '603'
        },
        {
          movieId: '6365',
          title: 'The Matrix Reloaded',
          year: 2003,
          genres: ['Action', 'Adventure', 'Sci-Fi', 'Thriller', 'IMAX'],
          likes: 37,
          imdbId: 'tt0234215',
          tmdbId: '604'
        }
      ]
    }
  },
  movie: {
    json: {
      movieId: '589',
      title: 'Terminator 2: Judgment Day',
      year: 1991,
      genres: ['Action', 'Sci-Fi'],
      likes: 150,
      imdbId: 'tt0103064',
      tmdbId: '280'
    }
  }
} as const
