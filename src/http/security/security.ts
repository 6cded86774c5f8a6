import type { Config } from '../../config.js'
import { entriesOf } from '../../validation/lists.js'
import type { App } from '../fastify.js'
import { demandKey } from './api-keys.js'
import { allowOrigins } from './cors.js'
import { refuseInLongTurns } from './long-turns.js'
import { refuseUnderPressure } from './pressure.js'
import { limitRate } from './rate-limit.js'

/** Of the time to an answer, so much may go by unseen, in the sockets: that is a turn of the event loop. */
const SHARE_OF_TURN = 1 / 16

/**
 * Who may ask, how often, and what happens under load, for the routes that are registered after this. All of it is off
 * or harmless until a setting turns it on. The order matters: the first one that refuses, answers.
 *
 * @param watchesEventLoop whether to refuse requests while the event loop is late
 */
export async function secure(app: App, config: Config, watchesEventLoop: boolean): Promise<void> {
  if (watchesEventLoop) refuseInLongTurns(app, config.MAX_QUEUE_MS * SHARE_OF_TURN)
  const origins = entriesOf(config.CORS_ORIGINS)
  if (origins.length > 0) await allowOrigins(app, origins)
  if (config.RATE_LIMIT_PER_MINUTE > 0) await limitRate(app, config.RATE_LIMIT_PER_MINUTE)
  const [read, write] = [entriesOf(config.API_KEYS), entriesOf(config.WRITE_API_KEYS)]
  if (read.length + write.length > 0) await demandKey(app, { read, write })
  await refuseUnderPressure(app, watchesEventLoop ? config.MAX_EVENT_LOOP_DELAY_MS : 0)
}
