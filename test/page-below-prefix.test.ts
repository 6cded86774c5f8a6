import { existsSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { boot } from '../src/boot.js'
import { openScorer } from '../src/recommender/scoring/scorer.js'
import { trainCheckerboard } from './fixtures/checkerboard.js'
import { type LambdaAnswer, startFunction } from './fixtures/doors.js'
import { context, events } from './fixtures/events.js'

const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync)
const settings = { MODEL_DIR: await trainCheckerboard(t.testdir()), LOG_LEVEL: 'silent', METRICS_NAMESPACE: '' }

async function listen(t: Test, server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A reverse proxy that serves `/movies`, as it is or taken off, and nothing else. */
async function proxy(t: Test, env: Record<string, string>, strips: boolean): Promise<string> {
  const { app } = await boot({ ...settings, ...env }, { openScorer, runs: 'server' })
  t.teardown(() => app.close())
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  return listen(
    t,
    createServer((incoming, outgoing) => {
      const { url = '', method, headers } = incoming
      if (!/^\/movies([/?]|$)/.test(url)) return void outgoing.writeHead(404).end('outside of /movies')
      // nginx redirects to the slash by itself where it takes a prefix off
      if (strips && url === '/movies') return void outgoing.writeHead(301, { location: '/movies/' }).end()
      const onward = request({ port, path: strips ? url.slice('/movies'.length) : url, method, headers }, answer => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      incoming.pipe(onward)
    })
  )
}

/** A REST API with a stage `/live`: the stage is in the URL, and in `requestContext.path`. */
async function restApi(t: Test): Promise<string> {
  const handler = await startFunction(settings)
  return listen(
    t,
    createServer((incoming, outgoing) => {
      void (async () => {
        const { url = '', method, headers } = incoming
        const [seen] = url.split('?')
        if (!/^\/live(\/|$)/.test(seen)) return outgoing.writeHead(403).end('{"message":"Missing Authentication Token"}')
        const sent = { path: url.slice('/live'.length) || '/', method, headers: headers as Record<string, string> }
        const body = (await buffer(incoming)).toString()
        const event = events['REST API']({ ...sent, ...(body && { body }) }) as { requestContext: object }
        const requestContext = { ...event.requestContext, stage: 'live', path: seen, domainName: 'abc.execute-api.eu-west-1.amazonaws.com' }
        const answer = (await handler({ ...event, requestContext }, context)) as LambdaAnswer
        outgoing.writeHead(answer.statusCode, answer.headers).end(answer.body)
      })()
    })
  )
}

if (executablePath === undefined) {
  t.comment('There is no Chromium here, so nobody looks at the page: install it, or name it with CHROMIUM.')
} else {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] })
  t.teardown(() => browser.close())

  const open = async (t: Test, url: string): Promise<{ page: Page; complaints: string[] }> => {
    const page = await browser.newPage()
    t.teardown(() => page.close())
    const complaints: string[] = []
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))
    page.on('response', response => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`))
    await page.goto(url)
    return { page, complaints }
  }

  const places: [what: string, start: (t: Test) => Promise<string>, prefix: string][] = [
    ['a proxy that keeps the prefix', t => proxy(t, { BASE_PATH: '/movies' }, false), '/movies'],
    ['a proxy that takes it off', t => proxy(t, {}, true), '/movies'],
    ['a stage of a REST API', restApi, '/live']
  ]
  for (const [what, start, prefix] of places) {
    t.test(`behind ${what}, the page recommends, and leads to the reference`, async t => {
      const origin = await start(t)
      for (const slash of ['', '/']) {
        const { page, complaints } = await open(t, origin + prefix + slash)
        await page.getByLabel('User id').fill('4')
        await page.getByLabel('User id').press('Enter')
        await page.getByText(/^2 movies, from what they like/).waitFor()
        await page.getByRole('link', { name: 'API reference' }).click()
        await page.waitForURL(`${origin}${prefix}/docs`)
        await page.getByText('What to watch next, for up to 100 users').waitFor()
        t.same(complaints, [], `${prefix}${slash}`)
      }
    })

    t.test(`behind ${what}, "Try it out" asks below the prefix, and is answered`, async t => {
      const origin = await start(t)
      const { page, complaints } = await open(t, `${origin}${prefix}/docs`)
      await page.getByText('/recommend/{userId}').click()
      await page.getByRole('button', { name: 'Try it out' }).click()
      await page.getByPlaceholder('userId').fill('4')
      const answered = page.waitForResponse(response => response.url().includes('/recommend/4'))
      await page.getByRole('button', { name: 'Execute' }).click()
      const answer = await answered
      t.match(answer.url(), `${origin}${prefix}/recommend/4`)
      t.equal(answer.status(), 200)
      t.same(complaints, [])
    })
  }
}
