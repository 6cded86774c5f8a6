import type { App } from './http/fastify.js'
import { boot } from './boot.js'
import type { Config } from './config.js'
import { openScorerThread } from './recommender/scoring/scorer-thread.js'
import { shutDownInOrder } from './shutdown.js'

let closing = false
let app: App | undefined
try {
  const { config, warmUp, ...booted } = await boot(process.env, { openScorer: openScorerThread, runs: 'server', isReady: () => !closing })
  app = booted.app
  await warmUp()
  shutDownInOrder(app, config, () => {
    closing = true
  })
  await listen(app, config)
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException
  process.stderr.write(`movie-recommender cannot start. ${message}${code === 'EADDRINUSE' ? '. Set PORT to a free one.' : ''}\n`)
  await app?.close()
  process.exit(1)
}

async function listen(app: App, { HOST: host, PORT: port }: Config): Promise<void> {
  const address = await app.listen({ host, port, listenTextResolver: address => `listening on ${address}` })
  app.log.info(`try: curl localhost:${new URL(address).port}/recommend/42`)
}
