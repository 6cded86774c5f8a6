import { readFileSync } from 'node:fs'
import { strToU8, zipSync } from 'fflate'
import type { Page } from 'playwright-core'
import t from 'tap'
import { MAX_LIST } from '../src/limits.js'
import { matcherOf } from '../src/page/match.js'
import { launchBrowser, openPage } from './fixtures/browser.js'
import { movies, trainCheckerboard } from './fixtures/checkerboard.js'

t.test('the page sends as many ratings as the service takes', async t => {
  const [, most] = /MOST_RATINGS = (\d+)/.exec(readFileSync('src/page/question.js', 'utf8')) ?? []
  t.equal(Number(most), MAX_LIST)
})

t.test('a film of another site is found by its ids, else by title and year, however the title is written', async t => {
  const catalogue = [
    { title: 'Seven (a.k.a. Se7en)', year: 1995, imdb: 'tt0114369', tmdb: '807' },
    { title: 'The Matrix', year: 1999 },
    { title: "Amelie (Le fabuleux destin d'Amélie Poulain)", year: 2001 },
    { title: 'Fast & Furious', year: 2009 },
    { title: 'Godzilla', year: 1998 },
    { title: 'Godzilla', year: 2014 },
    { title: '', year: 0 }
  ]
  const rowOf = matcherOf({
    movieIds: catalogue.map((_, row) => `id-${row}`),
    titles: catalogue.map(({ title }) => title),
    years: catalogue.map(({ year }) => year),
    imdbIds: catalogue.map(({ imdb = null }) => imdb),
    tmdbIds: catalogue.map(({ tmdb = null }) => tmdb)
  })
  const cases: [film: object, row: number | undefined][] = [
    [{ imdb: 'tt0114369', title: 'The Matrix', year: 1999 }, 0],
    [{ tmdb: '807' }, 0],
    [{ imdb: 'tt9999999', title: 'Se7en', year: 1995 }, 0],
    [{ title: 'Matrix, The', year: 1999 }, 1],
    [{ title: 'matrix' }, 1],
    [{ title: 'Amélie', year: 2001 }, 2],
    [{ title: 'Fast and Furious', year: 2009 }, 3],
    [{ title: 'Godzilla', year: 2014 }, 5],
    [{ title: 'Godzilla', year: 2013 }, 5],
    [{ title: 'Godzilla', year: 1954 }, undefined],
    [{ movieId: 'id-3' }, 3],
    [{ movieId: 'id-3', title: 'Gone' }, undefined],
    [{ imdb: '', tmdb: '', title: '', movieId: '' }, undefined]
  ]
  for (const [film, row] of cases) t.equal(rowOf(film), row, JSON.stringify(film))
})

const browser = await launchBrowser(t)
if (browser) {
  const env = { MODEL_DIR: await trainCheckerboard(t.testdir(), { movies }) }

  const letterboxd =
    'Date,Name,Year,Letterboxd URI,Rating\n2024-02-01,Movie 4,1994,https://boxd.it/a,4.5\n2024-01-01,MOVIE 2,1993,https://boxd.it/b,0.5\n2024-03-01,"Gone, with Wind",1939,https://boxd.it/c,5\n'
  const disliked = { movieId: '2', rating: 1 }
  const loved = { movieId: '4', rating: 4.5 }
  /** Shapes of files, and the history that they are, on the scale of the checkerboard, 1 to 5. */
  const FILES: Record<string, { name: string; text: string | Buffer; history: unknown[]; found: string; missing?: string }> = {
    Letterboxd: {
      name: 'ratings.csv',
      text: letterboxd,
      history: [disliked, loved],
      found: 'ratings.csv: 2 of 3 films are in the catalogue.',
      missing: 'Gone, with Wind (1939)'
    },
    'Letterboxd, zipped': {
      name: 'letterboxd-me.zip',
      text: Buffer.from(zipSync({ 'profile.csv': strToU8('Username\nme\n'), 'ratings.csv': strToU8(letterboxd) })),
      history: [disliked, loved],
      found: 'letterboxd-me.zip: 2 of 3 films are in the catalogue.'
    },
    MovieLens: {
      name: 'movielens-ratings.csv',
      text: 'movie_id,imdb_id,tmdb_id,rating,average_rating,title\r\n900,0000004,,4.5,3.1,Other (2001)\r\n901,,106,3.0,3,Another (2002)\r\n',
      history: [loved, { movieId: '6', rating: 3 }],
      found: 'movielens-ratings.csv: 2 of 2 films are in the catalogue.'
    },
    IMDb: {
      name: 'imdb.csv',
      text: 'Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres\ntt0000004,5,2024-01-02,Elsewhere,x,u,Movie,8.1,100,1971,Drama\ntt0000002,1,2024-01-01,Elsewhere,x,u,Movie,8.1,100,1971,Drama\ntt9999999,10,2024-01-01,Movie 6,x,u,TV Series,8.1,100,1996,Drama\n',
      history: [disliked, { movieId: '4', rating: 2.5 }],
      found: 'imdb.csv: 2 of 2 films are in the catalogue.'
    },
    Trakt: {
      name: 'ratings-movies.json',
      text: JSON.stringify([
        {
          rated_at: '2024-01-02T10:00:00.000Z',
          rating: 5,
          type: 'movie',
          movie: { title: 'x', year: 1, ids: { trakt: 7, imdb: 'tt0000004', tmdb: 1 } }
        },
        {
          rated_at: '2024-01-01T10:00:00.000Z',
          rating: 4,
          type: 'movie',
          movie: { title: 'x', year: 1, ids: { trakt: 8, imdb: null, tmdb: 106 } }
        },
        { rated_at: '2024-01-01T10:00:00.000Z', rating: 6, type: 'show', show: { title: 'Movie 8', year: 1998, ids: {} } }
      ]),
      history: [
        { movieId: '6', rating: 2 },
        { movieId: '4', rating: 2.5 }
      ],
      found: 'ratings-movies.json: 2 of 2 films are in the catalogue.'
    },
    'a list without ratings, with semicolons and a byte order mark': {
      name: 'liked.csv',
      text: '\ufeffName;Year\nMovie 4;1994\n',
      history: ['4'],
      found: 'liked.csv: 1 of 1 films are in the catalogue.'
    }
  }

  const drop = (page: Page, name: string, text: string | Buffer) =>
    page.getByLabel('Or drop your ratings here').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
  const message = (page: Page) => page.locator('#file-message')

  for (const [kind, { name, text, history, found, missing }] of Object.entries(FILES)) {
    t.test(`a file of ${kind} is read in the browser and asked about; what is not in the catalogue is said`, async t => {
      const { page, complaints } = await openPage(t, browser, env)
      await page.getByText('Nothing asked yet').waitFor()
      const asked = page.waitForRequest(request => request.method() === 'POST')
      await drop(page, name, text)
      t.same((await asked).postDataJSON().history, history)
      await message(page).getByText(found).waitFor()
      if (missing) t.match(await message(page).textContent(), missing)
      await page.getByText(/movies, from what they like/).waitFor()
      t.notMatch(page.url(), 'liked', 'the address tells nothing of it')
      t.same(complaints, [])
    })
  }

  t.test('a file that is chosen before the service has answered waits for that', async t => {
    const { page } = await openPage(t, browser, env)
    let answer = () => {}
    const held = new Promise<void>(resolve => (answer = resolve))
    await page.route('**/popular?*', route => held.then(() => route.continue()))
    await page.reload()
    await drop(page, 'liked.csv', 'Name,Year\nMovie 4,1994\n')
    await message(page).getByText('Reading liked.csv…').waitFor()
    answer()
    await message(page).getByText('liked.csv: 1 of 1 films are in the catalogue.').waitFor()
    await page.getByText(/movies, from what they like/).waitFor()
  })

  t.test('a file can be dropped anywhere, and be forgotten', async t => {
    const { page } = await openPage(t, browser, env)
    await page.getByText('Nothing asked yet').waitFor()
    await page.evaluate(text => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([text], 'ratings.csv'))
      for (const kind of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))
    }, letterboxd)
    await page.getByText(/^8 movies, from what they like/).waitFor()
    await page.getByRole('button', { name: 'Forget the file' }).click()
    await page.getByText('Nothing asked yet').waitFor()
    t.equal(await message(page).textContent(), '')
  })

  t.test('a file that is none of these is refused in a sentence', async t => {
    const { page } = await openPage(t, browser, env)
    await page.getByText('Nothing asked yet').waitFor()
    for (const [name, text, said] of [
      ['notes.txt', 'Buy milk\n', 'notes.txt: expected a ratings file of Letterboxd, MovieLens, IMDb or Trakt'],
      ['empty.csv', '', 'empty.csv: expected a ratings file'],
      ['broken.json', '[{"rating": 9', 'broken.json: expected a ratings file'],
      ['photos.zip', Buffer.from(zipSync({ 'a.txt': strToU8('x') })), 'photos.zip: expected a ratings.csv in it'],
      ['cut.zip', Buffer.from('PK\u0003\u0004 cut short'), 'cut.zip: expected a zip file that can be opened']
    ] as const) {
      await drop(page, name, text)
      await message(page).getByText(said).waitFor()
    }
    t.ok(true)
  })

  t.test('of more ratings than a request takes, the newest count, and that is said', async t => {
    const { page } = await openPage(t, browser, env)
    await page.getByText('Nothing asked yet').waitFor()
    await page.route('**/catalogue', async route => {
      const movieIds = Array.from({ length: MAX_LIST + 5 }, (_, i) => String(i))
      await route.fulfill({ json: { movieIds, titles: movieIds.map(id => `Film ${id}`) } })
    })
    const asked = page.waitForRequest(request => request.method() === 'POST')
    const lines = Array.from({ length: MAX_LIST + 5 }, (_, i) => `${new Date(1e12 + 1e9 * i).toISOString().slice(0, 10)},Film ${i},4`)
    await drop(page, 'ratings.csv', `Date,Name,Rating\n${lines.reverse().join('\n')}\n`)
    const { history } = (await asked).postDataJSON() as { history: { movieId: string }[] }
    t.match([history.length, history[0].movieId, history.at(-1)?.movieId], [MAX_LIST, '5', String(MAX_LIST + 4)])
    await message(page).getByText(`The newest ${MAX_LIST} of them count.`).waitFor()
  })
}
