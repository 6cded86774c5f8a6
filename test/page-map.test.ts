import type { Page } from 'playwright-core'
import t from 'tap'
import { launchBrowser, openPage, PHONE, ratedTitles, violations } from './fixtures/browser.js'
import { map, movies, SIZE, trainCheckerboard } from './fixtures/checkerboard.js'

const browser = await launchBrowser(t)
if (browser) {
  const env = { MODEL_DIR: await trainCheckerboard(t.testdir(), { movies, map }) }
  const canvas = (page: Page) => page.getByRole('application')
  /** So wide that no title reaches the next dot. */
  const WIDE = { viewport: { width: 1900, height: 900 } }

  /** When what was asked for has been drawn. */
  const drawn = (page: Page): Promise<void> =>
    page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))))
  const ready = (page: Page): Promise<void> => page.getByText(`${SIZE} films.`).waitFor()

  /** Where the dot of a movie lies on the canvas: they stand in a line, 24 pixels from its edges. */
  async function placeOf(page: Page, movie: number): Promise<{ x: number; y: number }> {
    const box = await canvas(page).boundingBox()
    if (!box) throw new Error('expected a canvas')
    return { x: 24 + ((movie - 1) / (SIZE - 1)) * (box.width - 48), y: box.height / 2 }
  }

  /** The colours of a square of the canvas around the place. */
  const coloursAt = (page: Page, { x, y }: { x: number; y: number }): Promise<string[]> =>
    canvas(page).evaluate(
      (node, [x, y]) => {
        const ratio = devicePixelRatio
        const { data } = (node as HTMLCanvasElement).getContext('2d')?.getImageData((x - 8) * ratio, (y - 8) * ratio, 16, 16) ?? {
          data: []
        }
        return [...new Set(Array.from({ length: 256 }, (_, i) => [...data.slice(4 * i, 4 * i + 4)].join()))]
      },
      [x, y]
    )

  t.test('every movie is a dot, and a click rates it, which changes what is recommended; another one takes that back', async t => {
    const { page, complaints } = await openPage(t, browser, env, '/', WIDE)
    await ready(page)
    await drawn(page)
    for (const movie of [1, 6, 10]) t.ok((await coloursAt(page, await placeOf(page, movie))).length > 1, `there is a dot for ${movie}`)
    t.equal((await coloursAt(page, { x: 30, y: 30 })).length, 1, 'and none where no movie lies')
    await canvas(page).click({ position: await placeOf(page, 6) })
    t.same(await ratedTitles(page), ['Movie 6 (1996)'])
    await page.getByText(/^9 movies, from what they like/).waitFor()
    await canvas(page).click({ position: await placeOf(page, 6) })
    t.same(await ratedTitles(page), [])
    t.same(complaints, [])
  })

  t.test('what the pointer is on, what was rated and what is recommended stand out', async t => {
    const { page } = await openPage(t, browser, env, '/', WIDE)
    await ready(page)
    const place = await placeOf(page, 6)
    const looks = new Set<string>()
    const look = async (): Promise<void> => void looks.add((await coloursAt(page, place)).join(' '))
    await look()
    await canvas(page).click({ position: await placeOf(page, 2) })
    await page.getByText(/^9 movies/).waitFor()
    await drawn(page)
    await look()
    await canvas(page).click({ position: place })
    await page.getByText(/^8 movies/).waitFor()
    await canvas(page).hover({ position: { x: 40, y: 40 } })
    await drawn(page)
    await look()
    t.equal(looks.size, 3, 'a dot, a number, a star')
    await canvas(page).hover({ position: place })
    t.equal(await canvas(page).evaluate(node => node.style.cursor), 'pointer')
  })

  t.test('arrow keys go from movie to movie and say where they are, Enter rates', async t => {
    const { page } = await openPage(t, browser, env, '/', WIDE)
    await ready(page)
    await page.keyboard.press('Tab')
    await canvas(page).focus()
    const status = page.locator('#map-status')
    for (const [key, said] of [
      ['ArrowRight', /^Movie [56] /],
      ['ArrowRight', /^Movie [67] /]
    ] as const) {
      await page.keyboard.press(key)
      t.match(await status.textContent(), said)
    }
    const [, name] = /^(Movie \d+ \(\d+\))/.exec((await status.textContent()) ?? '') ?? []
    await page.keyboard.press('Enter')
    await page.getByText(/^9 movies/).waitFor()
    t.same(await ratedTitles(page), [name])
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowRight')
    t.match(await status.textContent(), / · rated$/)
  })

  t.test('the wheel and the buttons zoom, a drag moves the map and rates nothing', async t => {
    const { page } = await openPage(t, browser, env, '/', WIDE)
    await ready(page)
    const edge = await placeOf(page, 1)
    const isThere = async (): Promise<boolean> => {
      await drawn(page)
      return (await coloursAt(page, edge)).length > 1
    }
    t.ok(await isThere())
    await page.getByRole('button', { name: 'Zoom in' }).click()
    t.notOk(await isThere(), 'the first movie is out of sight')
    await page.getByRole('button', { name: 'Show all films' }).click()
    t.ok(await isThere())
    await canvas(page).hover({ position: await placeOf(page, 5) })
    await page.mouse.wheel(0, -200)
    for (let i = 0; i < 50 && (await isThere()); i++) await page.waitForTimeout(20)
    t.notOk(await isThere())
    await page.mouse.down()
    await page.mouse.move(900, 300, { steps: 5 })
    await page.mouse.up()
    t.same(await ratedTitles(page), [])
  })

  t.test('a genre of the legend is shown alone', async t => {
    const { page } = await openPage(t, browser, env, '/', WIDE)
    await ready(page)
    const odd = page.getByRole('button', { name: 'Odd' })
    const dots = async (): Promise<number[]> => {
      await drawn(page)
      const seen = await Promise.all(
        Array.from({ length: SIZE }, async (_, i) => (await coloursAt(page, await placeOf(page, i + 1))).length)
      )
      return seen.flatMap((colours, i) => (colours > 1 ? [i + 1] : []))
    }
    await odd.click()
    t.equal(await odd.getAttribute('aria-pressed'), 'true')
    t.notOk((await dots()).includes(10))
    t.ok((await dots()).includes(1))
    await odd.click()
    t.ok((await dots()).includes(10))
  })

  t.test('the map in words says what lies near what was rated', async t => {
    const { page } = await openPage(t, browser, env, '/#liked=1', WIDE)
    await page.getByText('The map in words').click()
    await page.getByText('Movie 1 (1991): near Movie 2 (1992), Movie 3 (1993), Movie 4 (1994), Movie 5 (1995), Movie 6 (1996)').waitFor()
    t.same(await violations(page), [])
  })

  t.test('on a phone the first touch shows a movie, the second one rates it, and the page still scrolls', async t => {
    const { page } = await openPage(t, browser, env, '/', PHONE)
    await page.getByRole('heading', { name: 'A map of films' }).scrollIntoViewIfNeeded()
    await ready(page)
    const position = await placeOf(page, 6)
    await canvas(page).tap({ position })
    t.same(await ratedTitles(page), [])
    await canvas(page).tap({ position })
    t.same(await ratedTitles(page), ['Movie 6 (1996)'])
    t.equal(await canvas(page).evaluate(node => getComputedStyle(node).touchAction), 'pan-y')
  })
}
