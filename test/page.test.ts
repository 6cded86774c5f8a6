import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { boot } from '../src/boot.js'
import { openScorer } from '../src/recommender/scoring/scorer.js'
import { movies, trainCheckerboard } from './fixtures/checkerboard.js'

/** A real browser: `CHROMIUM`, or where Debian's package puts it. */
const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync)

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/** The page of a service, and all that a browser complains of there. */
async function open(t: Test, browser: Browser, env: Record<string, string>, path = '/'): Promise<{ page: Page; complaints: string[] }> {
  const { app } = await boot({ LOG_LEVEL: 'silent', ...env }, { openScorer, runs: 'server' })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const page = await browser.newPage()
  t.teardown(async () => {
    await page.close()
    await app.close()
  })
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  page.on(
    'request',
    request => request.url().startsWith(address) || request.url().startsWith('data:') || complaints.push(`asks ${request.url()}`)
  )
  await page.goto(address + path)
  return { page, complaints }
}

if (executablePath === undefined) {
  t.comment('There is no Chromium here, so nobody looks at the page: install it, or name it with CHROMIUM.')
} else {
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  t.teardown(() => browser.close())

  t.test('type a user id, and see what to watch next', async t => {
    const { page, complaints } = await open(t, browser, {})
    await page.getByLabel('User id').fill('42')
    await page.getByLabel('User id').press('Enter')
    await page.getByText(/^10 movies, from what they like · \d+ ms · model movielens\/2$/).waitFor()
    const first = page.getByRole('listitem').first().getByRole('link')
    t.equal(await first.textContent(), 'Movie 2858')
    t.equal(await first.getAttribute('href'), 'https://movielens.org/movies/2858')
    t.same(complaints, [], 'nothing from another host, nothing that the policy forbids')
  })

  t.test('pick movies, and see titles where they are known', async t => {
    const model = await trainCheckerboard(t.testdir(), { movies })
    const { page, complaints } = await open(t, browser, { MODEL_DIR: model })
    const pick = page.getByRole('button', { name: 'Movie 2 (1992)', exact: true })
    await pick.click()
    t.equal(await pick.getAttribute('aria-pressed'), 'true')
    await page.getByRole('button', { name: 'Recommend for these' }).click()
    await page.getByText(/^9 movies, from what they like/).waitFor()
    const shown = await page.getByRole('listitem').allTextContents()
    t.same(shown.slice(0, 4).map(text => text.split(' (')[0]).sort(), ['Movie 10', 'Movie 4', 'Movie 6', 'Movie 8']) // prettier-ignore
    t.match(shown[0], /because of Movie 2 \(1992\)$/, 'and why')

    await page.getByLabel('Rating of Movie 2 (1992)').selectOption('★')
    await page.getByRole('button', { name: 'Recommend for these' }).click()
    await page.getByText(/^9 movies, what is popular/).waitFor()
    t.same(complaints, [])
  })

  t.test('two people, and only some movies', async t => {
    const model = await trainCheckerboard(t.testdir(), { movies })
    const { page, complaints } = await open(t, browser, { MODEL_DIR: model })
    await page.getByLabel('User id').fill('4')
    await page.getByLabel('and, if there are two of you').fill('nobody')
    await page.getByText('Only some movies').click()
    await page.getByLabel('Genre').selectOption('Odd')
    await page.getByLabel('From year').fill('1995')
    await page.getByRole('button', { name: 'Recommend', exact: true }).click()
    await page.getByText(/^1 movies, from what they like/).waitFor()
    t.match(await page.getByRole('listitem').allTextContents(), [/^Movie 5 \(1995\)/])
    t.same(complaints, [])
  })

  t.test('add a movie by its id, by keyboard alone; what is not in the catalogue is said', async t => {
    const { page } = await open(t, browser, {})
    await page.getByLabel('Movie id').focus()
    await page.keyboard.type('99999999')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText(/what is popular, for nothing is known .* not in the catalogue: 99999999$/).waitFor()
    t.ok(true)
  })

  t.test('a sentence says what is wrong, and a key can be given where one is asked for', async t => {
    const { page } = await open(t, browser, { API_KEYS: 'a-key-of-some-length' })
    await page.getByText(/asks for an API key, as/).waitFor()
    await page.getByLabel('This service asks for an API key').fill('a-key-of-some-length')
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByRole('button', { name: 'Movie 318', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Recommend', exact: true }).click()
    await page.getByText(/^10 movies/).waitFor()
    t.ok(true)
  })

  t.test('every control has a name, and both colour schemes can be read', async t => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open(t, browser, {})
      await page.emulateMedia({ colorScheme })
      const unnamed = await page
        .locator('input:visible, button:visible')
        .evaluateAll(nodes => nodes.filter(node => !(node as HTMLInputElement).labels?.length && !node.textContent?.trim()).length)
      t.equal(unnamed, 0)
      // what the browser makes of the colours that the page asks for
      const [text, ground] = await page.evaluate(() => {
        const probe = document.body.appendChild(document.createElement('p'))
        return ['CanvasText', 'Canvas'].map(colour => {
          probe.style.color = colour
          const [red, green, blue] = getComputedStyle(probe).color.match(/\d+/g)?.map(Number) ?? []
          return red + green + blue
        })
      })
      t.ok(colorScheme === 'light' ? ground - text > 600 : text - ground > 600, `${colorScheme}: ${text} on ${ground}`)
    }
  })

  t.test('the reference at /docs shows every operation', async t => {
    const { page, complaints } = await open(t, browser, {}, '/docs')
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
