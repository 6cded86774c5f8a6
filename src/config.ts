import { fileURLToPath } from 'node:url'
import type { FromSchema } from 'json-schema-to-ts'
import { STORE_URL } from './histories/open-store.js'
import { ROOT } from './root.js'
import { compile } from './validation/ajv.js'
import { fromText } from './validation/from-text.js'
import { PREFIX } from './validation/prefix.js'
import { sentences } from './validation/sentences.js'

/** Every setting: an environment variable, its default and what it means. The README's table is this schema. */
export const configSchema = {
  type: 'object',
  properties: {
    HOST: {
      type: 'string',
      minLength: 1,
      default: '::',
      description: 'Address to listen on. `::` is every address, of IPv4 and, where the host has it, of IPv6; `0.0.0.0` is IPv4 only.'
    },
    PORT: { type: 'integer', minimum: 0, maximum: 65535, default: 8082, description: 'Port to listen on; 0 takes a free one.' },
    MODEL_DIR: {
      type: 'string',
      minLength: 1,
      default: 'models/movielens/2',
      description: 'The model folder to serve. A relative path starts at the working directory; the default lies beside the code.'
    },
    LOG_LEVEL: {
      type: 'string',
      enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      default: 'info',
      description: 'Least level that is logged. `info` logs a line for each request.'
    },
    LOG_URLS: {
      type: 'boolean',
      default: false,
      description:
        'Whether the line of each request has its path, with ids, and the values of documented parameters. Otherwise it has the route and their names.'
    },
    WORKERS: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 1,
      description:
        'Processes that answer on the same port, for instances with several cores. Each has the model, its queue, its cache, its rate limit and its connections. Has no effect on Lambda.'
    },
    SCORING_THREADS: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      default: 1,
      description: 'Threads of ONNX Runtime in one run. More than 1 pays only for large catalogues on idle cores.'
    },
    MAX_BATCH: { type: 'integer', minimum: 1, maximum: 1024, default: 100, description: 'Most requests that are scored in one run.' },
    MAX_QUEUE: {
      type: 'integer',
      minimum: 1,
      maximum: 1000000,
      default: 2048,
      description:
        'Most requests that wait to be scored; the next one is refused with 503. Each user of a batch counts. Batches get half of it, and one that does not fit is refused whole.'
    },
    MAX_QUEUE_MS: {
      type: 'integer',
      minimum: 1,
      maximum: 600000,
      default: 1000,
      description:
        'Longest time from a request to its answer under an overload. One that would wait for half of it to be scored, by the pace of the requests before, is refused with 503 at once, as is one that comes late in a long turn of the event loop.'
    },
    MAX_EVENT_LOOP_DELAY_MS: {
      type: 'integer',
      minimum: 0,
      maximum: 60000,
      default: 1000,
      description: 'Mean delay of the event loop above which requests are refused with 503; 0 never refuses. Has no effect on Lambda.'
    },
    REQUEST_TIMEOUT_MS: {
      type: 'integer',
      minimum: 100,
      maximum: 600000,
      default: 10000,
      description: 'Longest time to receive a whole request.'
    },
    HANDLER_TIMEOUT_MS: {
      type: 'integer',
      minimum: 100,
      maximum: 600000,
      default: 20000,
      description: 'Longest time to answer a request, below the 29 s of the narrowest front door.'
    },
    SCORING_TIMEOUT_MS: {
      type: 'integer',
      minimum: 1000,
      maximum: 3600000,
      default: 30000,
      description:
        'Longest time to score a batch, and to open the graph at the start; longer than HANDLER_TIMEOUT_MS. What takes longer hangs: the process says so and ends, so that the platform starts another one.'
    },
    KEEP_ALIVE_TIMEOUT_MS: {
      type: 'integer',
      minimum: 0,
      maximum: 4000000,
      default: 72000,
      description:
        'How long an idle connection stays open; 0 leaves closing it to the other side. Longer than the idle time-out of the load balancer in front, or it sees resets.'
    },
    MAX_CONNECTIONS: {
      type: 'integer',
      minimum: 1,
      maximum: 1000000,
      default: 4096,
      description:
        'Most connections at the same time; more are closed at once. Never more than the limit of open files (`ulimit -n`) allows, less 64.'
    },
    MAX_UNSENT_BYTES: {
      type: 'integer',
      minimum: 1048576,
      maximum: 1099511627776,
      default: 33554432,
      description:
        'Memory for answers that clients have not read yet. When it is used up, the connection that has not read for the longest time is closed.'
    },
    BODY_LIMIT_BYTES: {
      type: 'integer',
      minimum: 1024,
      maximum: 1048576,
      default: 262144,
      description: 'Largest request body.'
    },
    MAX_HEADER_BYTES: {
      type: 'integer',
      minimum: 1024,
      maximum: 65536,
      default: 16384,
      description: 'Largest request line and headers together.'
    },
    API_KEYS: {
      type: 'string',
      format: 'api-keys',
      writeOnly: true,
      default: '',
      description:
        'Keys of which each request must bring one as `Authorization: Bearer KEY`, 16 to 200 characters each, joined by commas; several make rotation easy. Empty asks for none. Health checks and pages need none.'
    },
    WRITE_API_KEYS: {
      type: 'string',
      format: 'api-keys',
      writeOnly: true,
      default: '',
      description:
        'Keys that may write ratings, and read. If there are any, those of API_KEYS may only read. Empty lets whoever may read write as well.'
    },
    HISTORY_STORE: {
      type: 'string',
      pattern: `^(${STORE_URL.pattern})?$`,
      writeOnly: true,
      default: '',
      description: `Where ratings are kept that count in the next answer: ${STORE_URL.description}. Empty keeps none.`
    },
    HISTORY_STORE_TIMEOUT_MS: {
      type: 'integer',
      minimum: 1,
      maximum: 10000,
      default: 50,
      description:
        'Longest time to wait for that store. An answer then goes on without it, marked as stale; a write waits ten times as long, and is refused with 503.'
    },
    HISTORY_TTL_DAYS: {
      type: 'integer',
      minimum: 0,
      maximum: 3650,
      default: 0,
      description: 'Days after which that store drops the ratings of somebody who adds nothing; 0 keeps them.'
    },
    BASE_PATH: {
      type: 'string',
      pattern: `^(${PREFIX})?$`,
      default: '',
      description:
        'The path prefix that clients see, such as `/movies`, without a slash at the end; letters, digits or any of . _ ~ - in each segment. It is taken off where it is present. A stage, or the base path of a domain, that API Gateway tells needs no setting.'
    },
    CORS_ORIGINS: {
      type: 'string',
      format: 'origins',
      default: '',
      description:
        'Origins whose pages may call this service, such as `https://example.com` or, for all its subdomains, `https://*.example.com`, joined by commas, or `*`. Empty allows none.'
    },
    RATE_LIMIT_PER_MINUTE: {
      type: 'integer',
      minimum: 0,
      maximum: 1000000000,
      default: 0,
      description:
        'Most requests of one client address in a minute, counted by each instance for itself; 0 is no limit. Health checks are not counted.'
    },
    TRUST_PROXY: {
      type: 'string',
      format: 'networks',
      default: '',
      description:
        'Addresses or networks (CIDR) of the proxies whose `X-Forwarded-For` is believed, joined by commas. Empty believes nobody.'
    },
    CACHE_CONTROL: {
      type: 'string',
      pattern: '^[ -~]{0,200}$',
      default: 'private, no-cache',
      description:
        'Up to 200 printable characters: `Cache-Control` of recommendations. With the default, caches ask again and get 304 while the answer holds.'
    },
    CACHE_BYTES: {
      type: 'integer',
      minimum: 0,
      maximum: 1099511627776,
      default: 0,
      description: 'Memory for answers that were given before, least recently used ones going first; 0 keeps none.'
    },
    METRICS_NAMESPACE: {
      type: 'string',
      pattern: '^[A-Za-z0-9._/#:-]{0,255}$',
      default: 'movie-recommender',
      description:
        'Up to 255 letters, digits or any of . _ / # : - as the CloudWatch namespace of the figures that Lambda logs; empty logs none. Servers have `/metrics` instead.'
    },
    SHUTDOWN_DELAY_MS: {
      type: 'integer',
      minimum: 0,
      maximum: 110000,
      default: 0,
      description:
        'How long to go on serving after SIGTERM, not ready any more, until load balancers have noticed and send no new connections. After it those are refused. Requests over open connections are answered with any delay, 0 too.'
    },
    SHUTDOWN_TIMEOUT_MS: {
      type: 'integer',
      minimum: 1000,
      maximum: 120000,
      default: 20000,
      description: 'Longest time to finish requests in flight after that. With the delay, shorter than the stop time-out of the platform.'
    }
  },
  additionalProperties: false
} as const

export type Config = Required<FromSchema<typeof configSchema>>

const valid = compile<Config>(configSchema)

/** @throws Error with a line for every variable that is wrong */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.keys(configSchema.properties).flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]]))
  )
  const config = fromText(configSchema, given)
  if (!valid(config)) throw new Error(['These settings cannot be used:', ...sentences(valid.errors)].join('\n  '))
  if (!given.MODEL_DIR) config.MODEL_DIR = fileURLToPath(new URL(configSchema.properties.MODEL_DIR.default, ROOT))
  return config
}
