import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { launchBrowser, openPage, PHONE, ratedTitles, ratingOf, violations } from './fixtures/browser.js'
import { movies, trainCheckerboard } from './fixtures/checkerboard.js'
import { startRedis } from './fixtures/redis.js'

const browser = await launchBrowser(t)
if (browser) {
  const dir = t.testdir()
  const board = { MODEL_DIR: await trainCheckerboard(dir, { movies }) }
  let stores = 0
  const kept = () => ({ ...board, HISTORY_STORE: `file:${join(dir, `store-${++stores}`)}` })

  const open = async (page: Page, userId: string): Promise<void> => {
    await page.getByLabel('User id').fill(userId)
    await page.getByRole('button', { name: 'Recommend', exact: true }).click()
  }
  const says = (page: Page, sentence: string | RegExp): Promise<void> => page.getByText(sentence).waitFor()
  const newOnes = (page: Page): Promise<string[]> => page.locator('#movies > li > div:has(.new) > :first-child').allTextContents()

  t.test('what is rated for a user is kept, and the page says what is new in the next answer', async t => {
    const { page, complaints } = await openPage(t, browser, { HISTORY_STORE: `file:${join(dir, 'default-model')}` })
    await open(page, '42')
    await says(page, 'Films that 42 rated')
    await ratingOf(page, 'GoldenEye (1995)').waitFor()
    const before = await ratedTitles(page)
    t.ok(before.length > 20, 'what came with the model is shown')
    const menu = page.locator('#movies select').first()
    const [, name] = /^Rating of (.*)$/.exec((await menu.getAttribute('aria-label')) ?? '') ?? []
    await menu.selectOption('★★★★★')
    await says(page, `Kept: ${name}, ★★★★★.`)
    await says(page, /^10 movies, from what they like · new: /)
    t.same(await ratedTitles(page), [name, ...before], 'newest first')
    t.ok((await newOnes(page)).length > 0)
    for (const title of await newOnes(page)) t.match(await page.locator('#status').textContent(), title)

    await page.reload()
    await says(page, 'Films that 42 rated')
    await ratingOf(page, String(name)).waitFor()
    t.equal(await ratingOf(page, String(name)).inputValue(), '5')
    t.same(await newOnes(page), [], 'a first answer has nothing new')
    t.same(complaints, [])
  })

  t.test('a rating is changed and taken back, from the list, the search and what is popular', async t => {
    const { page } = await openPage(t, browser, kept())
    await open(page, '4')
    await says(page, /^2 movies, from what they like/)
    await page.getByRole('button', { name: 'Remove Movie 2 (1992)' }).click()
    await says(page, 'Taken back: Movie 2 (1992).')
    await says(page, /^3 movies, from what they like · new: Movie 2 \(1992\)/)
    await page.getByRole('combobox', { name: 'Title of a movie' }).fill('movie 5')
    await page.keyboard.press('Enter')
    await says(page, 'Kept: Movie 5 (1995), ♥ liked.')
    await says(page, /^2 movies, from what they like · the same films as before/)
    await ratingOf(page, 'Movie 5 (1995)').selectOption('★')
    await says(page, 'Kept: Movie 5 (1995), ★.')
    t.equal((await ratedTitles(page))[0], 'Movie 5 (1995)')
    await page.getByRole('button', { name: 'More like this: Movie 2 (1992)' }).click()
    await page.waitForFunction(() => location.hash === '#user=4&like=2')
    await page.getByRole('button', { name: 'Leave' }).click()
    await says(page, 'Nothing asked yet.')
    t.same(await ratedTitles(page), [], 'ratings of a user are theirs alone')
    await says(page, /^Films you liked$/)
  })

  t.test('a newcomer keeps what they picked under an id of their own, finds it again, and is forgotten', async t => {
    const { page, complaints } = await openPage(t, browser, kept())
    for (const n of [2, 4]) await page.getByRole('button', { name: `Movie ${n} (199${n})`, exact: true }).click()
    await ratingOf(page, 'Movie 4 (1994)').selectOption('★★★★')
    await page.getByRole('button', { name: 'Keep my ratings' }).click()
    await says(page, /^What you rate is kept for the user id \w{20,}/)
    await says(page, 'Films you rated')
    await ratingOf(page, 'Movie 4 (1994)').waitFor()
    const id = await page.getByLabel('User id').inputValue()
    await page.goto(new URL('/', page.url()).href)
    await says(page, 'Nothing asked yet.')
    t.equal(await page.getByLabel('User id').inputValue(), id, 'this browser remembers it')
    await open(page, id)
    await ratingOf(page, 'Movie 4 (1994)').waitFor()
    t.same((await ratedTitles(page)).sort(), ['Movie 2 (1992)', 'Movie 4 (1994)'])

    await page.getByRole('button', { name: 'Forget me' }).click()
    await page.getByRole('dialog', { name: 'Forget you?' }).getByRole('button', { name: 'Cancel' }).click()
    t.equal((await ratedTitles(page)).length, 2, 'nobody is forgotten by mistake')
    await page.getByRole('button', { name: 'Forget me' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click()
    await says(page, `Forgotten: nothing is kept of ${id} any more.`)
    await says(page, /^10 movies, what is popular/)
    t.same(await ratedTitles(page), [])
    await page.reload()
    await says(page, `Films that ${id} rated`)
    await says(page, /^10 movies, what is popular/)
    t.same(complaints, [])
  })

  t.test('a group, a file and an address of ratings leave the ratings of a user alone', async t => {
    const { page } = await openPage(t, browser, kept())
    await open(page, '4')
    await page.getByRole('button', { name: 'Remove Movie 2 (1992)' }).waitFor()
    await page
      .getByLabel('Your ratings')
      .or(page.locator('#file'))
      .first()
      .setInputFiles({
        name: 'ratings.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from('movieId,rating\n3,5\n')
      })
    await says(page, /^9 movies, from what they like/)
    t.same(await ratedTitles(page), [])
    await page.getByLabel('and, if there are two of you').fill('3')
    await open(page, '4')
    await page.waitForFunction(() => location.hash === '#user=4&and=3')
    t.same(await ratedTitles(page), [])
    t.notOk(await page.getByRole('button', { name: 'Forget me' }).isVisible())
  })

  t.test('a key that may only read, and no key at all, are told in a sentence, and a better one can be given', async t => {
    const keys = { API_KEYS: 'a-key-that-reads', WRITE_API_KEYS: 'a-key-that-writes' }
    for (const [env, key, sentence] of [
      [keys, 'a-key-that-reads', 'The key may read, and not write.'],
      [{ WRITE_API_KEYS: keys.WRITE_API_KEYS }, undefined, /^The service asks for an API key/]
    ] as const) {
      const { page } = await openPage(t, browser, { ...kept(), ...env })
      const give = async (key: string): Promise<void> => {
        await page.getByLabel('This service asks for an API key').fill(key)
        await page.getByRole('button', { name: 'Use it' }).click()
      }
      if (key) await give(key)
      await open(page, '4')
      await ratingOf(page, 'Movie 2 (1992)').selectOption('★')
      await page.locator('#kept-message').getByText(sentence).waitFor()
      t.equal(await ratingOf(page, 'Movie 2 (1992)').inputValue(), '5', 'what was not kept is not shown')
      await give(keys.WRITE_API_KEYS)
      await ratingOf(page, 'Movie 2 (1992)').selectOption('★')
      await says(page, 'Kept: Movie 2 (1992), ★.')
    }
  })

  t.test('a store that is gone is told, and answers go on', async t => {
    const redis = await startRedis(t)
    if (!redis) return t.comment('There is no Valkey or Redis here, so nobody sees the page without its store.')
    const { page } = await openPage(t, browser, { ...board, HISTORY_STORE: redis.url })
    await open(page, '4')
    await ratingOf(page, 'Movie 2 (1992)').waitFor()
    await redis.kill()
    await ratingOf(page, 'Movie 2 (1992)').selectOption('★')
    await says(page, /^The store of ratings does not answer/)
    await open(page, '6')
    await says(page, /^2 movies, from what they like · the store of ratings does not answer, so only what came with the model counts/)
    await redis.start()
    await t.resolves(
      page.waitForFunction(
        () => {
          document.querySelector<HTMLButtonElement>('#by-user button.main')?.click()
          return !document.getElementById('status')?.textContent?.includes('store')
        },
        undefined,
        { polling: 500 }
      )
    )
  })

  t.test('without a store there is nothing to keep or to forget', async t => {
    const { page } = await openPage(t, browser, board)
    await open(page, '4')
    await says(page, /^2 movies, from what they like · \d+ ms/)
    for (const name of ['Forget me', 'Leave', 'Keep my ratings']) t.notOk(await page.getByRole('button', { name }).isVisible(), name)
    t.same(await ratedTitles(page), [])
  })

  t.test('axe finds nothing wrong, with ratings that are kept and a question, in both colour schemes, on a phone too', async t => {
    for (const options of [{}, PHONE]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page } = await openPage(t, browser, kept(), '/#user=4', { ...options, colorScheme })
        await page.getByRole('button', { name: 'Remove Movie 2 (1992)' }).click()
        await says(page, /new: Movie 2/)
        t.same(await violations(page), [], colorScheme)
        await page.getByRole('button', { name: 'Forget me' }).click()
        await page.getByRole('dialog', { name: 'Forget 4?' }).waitFor()
        t.same(await violations(page), [], colorScheme)
        if ('viewport' in options) t.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width)
      }
    }
  })
}
