import { type Logger, pino } from 'pino'

/** Lines for people on a terminal, where pino-pretty is installed: an image has none. JSON, one object a line, everywhere else. */
export async function createLogger(level: string): Promise<Logger> {
  const pretty = process.stdout.isTTY ? await import('pino-pretty').catch(() => undefined) : undefined
  return pretty ? pino({ level }, pretty.default({ sync: true, singleLine: true, ignore: 'pid,hostname' })) : pino({ level })
}
