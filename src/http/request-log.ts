import type { FastifyBaseLogger, RawRequestDefaultExpression } from 'fastify'
import type { ChildLoggerOptions } from 'fastify/types/logger.js'

type Method = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/**
 * The log of one request: every line says which one it is, and which trace it belongs to, W3C's and that of AWS's front
 * doors. Most requests have nothing to say, and a child of pino costs as much as routing does, so it is made when the
 * first line is written.
 */
class RequestLog {
  #child: FastifyBaseLogger | undefined

  constructor(
    readonly parent: FastifyBaseLogger,
    readonly bindings: Record<string, unknown>,
    readonly options: ChildLoggerOptions,
    readonly request: RawRequestDefaultExpression
  ) {}

  get #log(): FastifyBaseLogger {
    const { traceparent, 'x-amzn-trace-id': amznTraceId } = this.request.headers
    const bindings = { ...this.bindings, ...(traceparent && { traceparent }), ...(amznTraceId && { amznTraceId }) }
    return (this.#child ??= this.parent.child(bindings, this.options))
  }

  get level(): string {
    return this.#log.level
  }
  set level(level: string) {
    this.#log.level = level
  }
  child(...args: Parameters<FastifyBaseLogger['child']>): ReturnType<FastifyBaseLogger['child']> {
    return this.#log.child(...args)
  }

  static {
    const write = (method: Method) =>
      function (this: RequestLog, ...args: Parameters<FastifyBaseLogger[Method]>) {
        this.#log[method](...args)
      }
    for (const method of ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const) {
      Object.defineProperty(RequestLog.prototype, method, { value: write(method) })
    }
  }
}

/** Fastify's `childLoggerFactory`. */
export const requestLog = (
  logger: FastifyBaseLogger,
  bindings: Record<string, unknown>,
  options: ChildLoggerOptions,
  request: RawRequestDefaultExpression
): FastifyBaseLogger => new RequestLog(logger, bindings, options, request) as unknown as FastifyBaseLogger
