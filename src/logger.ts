import { type Logger, pino } from 'pino'

export interface Log {
  logger: Logger
  /** how many lines were dropped because nothing took them */
  linesDropped(): number
}

/** Most bytes of lines that wait until something takes them. */
const MAX_WAITING = 1 << 20

/** How often to try again after a write has failed. */
const RETRY_MS = 1000

/** Lines for people on a terminal, where pino-pretty is installed: an image has none. JSON, one object a line, everywhere else. */
export async function createLogger(level: string): Promise<Log> {
  const pretty = process.stdout.isTTY ? await import('pino-pretty').catch(() => undefined) : undefined
  if (!pretty) return jsonLogger(level)
  return { logger: pino({ level }, pretty.default({ sync: true, singleLine: true, ignore: 'pid,hostname' })), linesDropped: () => 0 }
}

/**
 * Logs JSON, one object a line, to standard output, and never waits for it: a full disk, or a pipe that nobody reads,
 * costs lines and not answers. Lines wait up to a bound; those that come after that are dropped and counted.
 */
function jsonLogger(level: string): Log {
  const destination = pino.destination({
    // To look at `process.stdout` makes a pipe non-blocking. So a full one refuses a line at once, and `retryEAGAIN` does not wait.
    dest: process.stdout.fd,
    sync: true,
    retryEAGAIN: () => false,
    minLength: 1,
    maxLength: MAX_WAITING,
    periodicFlush: RETRY_MS
  })
  const logger = pino({ level }, destination)

  let dropped = 0
  let reported = 0
  const report = (): void => {
    logger.warn({ lines: dropped - reported }, 'log lines were dropped: nothing took them')
    reported = dropped
  }
  destination.on('drop', () => {
    if (dropped++ === reported) destination.once('drain', report)
  })
  // What could not be written is tried again. Pino's own listener would throw, or stop for good.
  destination.removeAllListeners('error').on('error', () => {})
  // Pino calls this after a fatal line, which has been written already. On a full disk it would try for ever.
  destination.flushSync = () => {}
  return { logger, linesDropped: () => dropped }
}
