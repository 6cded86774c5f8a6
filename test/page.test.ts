import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { boot } from '../src/boot.js'
import { openScorer } from '../src/recommender/scoring/scorer.js'
import { launchBrowser, openPage, PHONE, ratedTitles, ratingOf, violations } from './fixtures/browser.js'
import { map, movies, trainCheckerboard } from './fixtures/checkerboard.js'

const browser = await launchBrowser(t)
if (browser) {
  const dir = t.testdir({ titled: {}, bare: {} })
  const titled = { MODEL_DIR: await trainCheckerboard(join(dir, 'titled'), { movies, map }) }
  const bare = { MODEL_DIR: await trainCheckerboard(join(dir, 'bare')) }
  const field = (page: Page) => page.getByRole('combobox', { name: 'Title of a movie' })
  const shown = (page: Page): Promise<string[]> =>
    page
      .locator('#movies > li > div:first-child')
      .evaluateAll(nodes => nodes.map(({ firstChild }) => firstChild?.textContent?.split(' (')[0] ?? ''))
  const fragment = (page: Page): string => new URL(page.url()).hash

  t.test('type a user id, and see what to watch next', async t => {
    const { page, complaints } = await openPage(t, browser, {})
    await page.getByLabel('User id').fill('42')
    await page.getByLabel('User id').press('Enter')
    await page.getByText(/^10 movies, from what they like · \d+ ms · model movielens\/2$/).waitFor()
    const first = page.locator('#movies').getByRole('link').first()
    t.equal(await first.getAttribute('href'), 'https://movielens.org/movies/2858')
    t.same(complaints, [], 'nothing from another host, nothing that the policy forbids')
  })

  t.test('find a movie as you type its title, pick it by keyboard alone, and see what to watch and why', async t => {
    const { page, complaints } = await openPage(t, browser, titled)
    await page.getByText('Nothing asked yet').waitFor()
    await field(page).focus()
    await page.keyboard.type('movie')
    const options = page.getByRole('listbox').getByRole('option')
    await options.nth(1).waitFor()
    t.equal(await field(page).getAttribute('aria-expanded'), 'true')
    const second = (await options.nth(1).textContent()) ?? ''
    await page.keyboard.press('ArrowDown')
    t.equal(await options.nth(1).getAttribute('aria-selected'), 'true')
    t.equal(await field(page).getAttribute('aria-activedescendant'), await options.nth(1).getAttribute('id'))
    await page.keyboard.press('Enter')
    t.same(await ratedTitles(page), [second])

    await page.keyboard.type('movie 4')
    await page.keyboard.press('Enter')
    await page.getByText(/^8 movies, from what they like/).waitFor()
    t.same(await ratedTitles(page), [second, 'Movie 4 (1994)'], 'Enter does not wait for the list')
    t.equal(await field(page).inputValue(), '')
    t.match(await page.locator('#movies').textContent(), /because of .*Movie 4 \(1994\)/)
    t.same(complaints, [])
  })

  t.test('a movie that the model does not know is refused where it is typed', async t => {
    const { page } = await openPage(t, browser, titled)
    await field(page).fill('zzzzz')
    await field(page).press('Enter')
    await page.getByText('The model knows no movie “zzzzz”.').waitFor()
    t.equal(await field(page).getAttribute('aria-invalid'), 'true')
    t.same(await ratedTitles(page), [])
  })

  t.test('a model without titles, genres and map is asked by id', async t => {
    const { page } = await openPage(t, browser, bare)
    const field = page.getByRole('combobox', { name: 'Movie id' })
    await field.fill('77')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByText('The model knows no movie “77”.').waitFor()
    await field.fill('2')
    await field.press('Enter')
    await page.getByText(/^9 movies, from what they like/).waitFor()
    t.same((await shown(page)).slice(0, 4).sort(), ['Movie 10', 'Movie 4', 'Movie 6', 'Movie 8'])
    t.notOk(await page.getByRole('heading', { name: 'A map of films' }).isVisible())
    t.notOk(await page.getByLabel('Only').isVisible())
  })

  t.test('rate what was picked, and take it back', async t => {
    const { page } = await openPage(t, browser, titled)
    await page.getByRole('button', { name: 'Movie 2 (1992)', exact: true }).click()
    await page.getByText(/^9 movies, from what they like/).waitFor()
    await ratingOf(page, 'Movie 2 (1992)').selectOption('★')
    await page.getByText(/^9 movies, what is popular/).waitFor()
    t.equal(fragment(page), '#1=2')
    await page.getByRole('button', { name: 'Remove Movie 2 (1992)' }).click()
    await page.getByText('Nothing asked yet').waitFor()
    t.same(await ratedTitles(page), [])
  })

  t.test('more like this; the back button goes back to what was asked before, and the address can be shared', async t => {
    const { page } = await openPage(t, browser, titled)
    await page.getByRole('button', { name: 'Movie 2 (1992)', exact: true }).click()
    await ratingOf(page, 'Movie 2 (1992)').selectOption('★★★★★')
    await page.getByText(/^9 movies, from what they like/).waitFor()
    const before = await shown(page)
    await page.getByRole('button', { name: 'More like this: Movie 4 (1994)' }).click()
    await page.waitForFunction(() => location.hash === '#like=4')
    await page.locator('#movies').getByRole('link', { name: 'Movie 4' }).waitFor({ state: 'detached' })

    await page.goBack()
    await page.getByText(/because of Movie 2/).first().waitFor() // prettier-ignore
    t.same(await shown(page), before)
    t.equal(fragment(page), '#5=2')

    await page.reload()
    await page.getByText(/because of Movie 2/).first().waitFor() // prettier-ignore
    t.same(await shown(page), before)
    t.same(await ratedTitles(page), ['Movie 2 (1992)'])
    t.equal(await ratingOf(page, 'Movie 2 (1992)').inputValue(), '5')

    await page.goBack()
    await page.getByText('Nothing asked yet').waitFor()
    t.same(await ratedTitles(page), [])
  })

  t.test('two people, and only some movies', async t => {
    const { page, complaints } = await openPage(t, browser, titled)
    await page.getByLabel('User id').fill('4')
    await page.getByLabel('and, if there are two of you').fill('nobody')
    await page.getByRole('button', { name: 'Recommend', exact: true }).click()
    await page.getByText(/^2 movies, from what they like/).waitFor()
    await page.getByLabel('Only').selectOption('Odd')
    await page.getByText(/^1 movies, from what they like/).waitFor()
    t.same(await shown(page), ['Movie 5'])
    t.equal(fragment(page), '#user=4&and=nobody&genre=Odd')
    await page.reload()
    await page.getByText(/^1 movies, from what they like/).waitFor()
    t.equal(await page.getByLabel('Only').inputValue(), 'Odd')
    t.same(complaints, [])
  })

  t.test('on a phone the answer comes into view, and nothing is wider than the screen', async t => {
    for (const reducedMotion of ['no-preference', 'reduce'] as const) {
      const { page } = await openPage(t, browser, titled, '/', { ...PHONE, reducedMotion })
      await page.getByLabel('User id').fill('4')
      await page.getByRole('button', { name: 'Recommend', exact: true }).tap()
      await page.getByText(/^2 movies/).waitFor()
      await page.waitForFunction(() => (document.getElementById('results')?.getBoundingClientRect().top ?? -1) < innerHeight / 2)
      t.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width)
    }
  })

  t.test('a sentence says what is wrong, and a key can be given where one is asked for', async t => {
    const { page } = await openPage(t, browser, { ...titled, API_KEYS: 'a-key-of-some-length' })
    await page.getByText(/asks for an API key, as/).waitFor()
    await page.getByLabel('This service asks for an API key').fill('a-key-of-some-length')
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByRole('button', { name: 'Movie 2 (1992)', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Recommend', exact: true }).click()
    await page.getByText(/^10 movies/).waitFor()
    t.ok(true)
  })

  t.test('what a proxy says is shown, whatever it is', async t => {
    const { app } = await boot({ LOG_LEVEL: 'silent', ...bare }, { openScorer, runs: 'server' })
    t.teardown(() => app.close())
    const answers = ['<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>', '{"message":"Forbidden"}', '']
    const proxy = createServer((incoming, outgoing) => {
      if (incoming.method === 'POST') return void outgoing.writeHead(502).end(answers[0])
      void app
        .inject({ url: incoming.url ?? '/', headers: { accept: incoming.headers.accept ?? '' } })
        .then(({ statusCode, headers, rawPayload }) => {
          outgoing.writeHead(statusCode, headers as Record<string, string>).end(rawPayload)
        })
    })
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
    t.teardown(() => void proxy.close())
    const page = await browser.newPage()
    t.teardown(() => page.close())
    await page.goto(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`)
    const said = ['answered 502: “502 Bad Gateway”', 'answered 502: “Forbidden”', 'answered 502']
    for (const sentence of said) {
      await page.getByRole('button', { name: 'Recommend', exact: true }).click()
      await page.getByText(`Something in front of the service ${sentence}`, { exact: true }).waitFor()
      answers.shift()
    }
    proxy.close()
    proxy.closeAllConnections()
    await page.getByRole('button', { name: 'Recommend', exact: true }).click()
    await page.getByText('The service cannot be reached.').waitFor()
    t.ok(true)
  })

  t.test('axe finds nothing wrong, in both colour schemes, on a phone too', async t => {
    for (const options of [{}, PHONE]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page } = await openPage(t, browser, titled, '/#liked=2', { ...options, colorScheme })
        await page.getByText(/^9 movies/).waitFor()
        await field(page).fill('movie')
        await page.getByRole('option').first().waitFor()
        t.same(await violations(page), [], colorScheme)
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [])
        t.equal(Math.max(...ground) > 200, colorScheme === 'light', `${colorScheme}: ${ground}`)
      }
    }
  })

  t.test('the reference at /docs shows every operation', async t => {
    const { page, complaints } = await openPage(t, browser, bare, '/docs')
    await page.getByText('What to watch next, for up to 100 users').waitFor()
    t.same(complaints, [])
  })
}

t.test('load balancers get a bare 200 where people get the page', async t => {
  const { app } = await boot({ LOG_LEVEL: 'silent' }, { openScorer, runs: 'server' })
  t.teardown(() => app.close())
  const get = (accept?: string) => app.inject({ url: '/', headers: accept ? { accept } : {} })
  for (const accept of [undefined, '*/*', 'text/plain']) t.match(await get(accept), { statusCode: 200, body: 'ok' })
  const page = await get('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8')
  t.match(page, { statusCode: 200, body: /^<!doctype html>/, headers: { 'content-type': 'text/html; charset=utf-8', vary: 'accept' } })
  t.match(page.headers['content-security-policy'], /^default-src 'self'/)
})
