import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { HistoryStore } from './store.js'

/** A store that has said nothing for so long at the start is not there. */
const LIMIT_MS = 5_000

interface Kind {
  /** its code is loaded only where it is asked for */
  open(url: string, days: number): Promise<HistoryStore>
  expected: string
}

const KINDS: Record<string, Kind> = {
  'file:': {
    open: async (url, days) => (await import('./file-store.js')).openFileStore(pathOf(url), days),
    expected: 'a folder that this process may make and write'
  },
  'redis:': {
    open: async (url, days) => (await import('./redis-store.js')).openRedisStore(url, days),
    expected: 'redis://USER:PASSWORD@HOST:PORT, percent-encoded, of a server without cluster mode; rediss:// with TLS'
  },
  'dynamodb:': {
    open: async (url, days) => (await import('./dynamodb-store.js')).openDynamoStore(url, days),
    expected: 'dynamodb://TABLE?region=…, a table with the keys `user` and `part`, both texts, and the right to read and write it'
  }
}
KINDS['rediss:'] = KINDS['redis:']

/** What a URL of a store may be. What is special in a password is percent-encoded: so none of it is taken for a host, and shown. */
export const STORE_URL = {
  pattern: '(file:|dynamodb://)[^\\x00-\\x20]+|rediss?://([^@/?#\\x00-\\x20]*@)?[^@/?#\\x00-\\x20]+(/\\d{0,4})?',
  description: '`file:./data/histories`, `redis://…`, `rediss://…` or `dynamodb://TABLE?region=…`, a password percent-encoded'
}

/**
 * Opens the store that a URL names, and reads from it once: so a wrong password or a table that is not there shows at the start.
 *
 * @param days after which the ratings of somebody who adds nothing are dropped; 0 never
 * @param setting where the URL stands, for sentences
 * @returns the store, and why it cannot be reached if it cannot: it may be there again later
 * @throws Error that says what is wrong with the URL or the store
 */
export async function openStore(url: string, days: number, setting: string): Promise<{ store: HistoryStore; unreachable?: Error }> {
  if (!new RegExp(`^(${STORE_URL.pattern})$`).test(url)) throw new Error(`${setting}: expected ${STORE_URL.description}`)
  const { open, expected } = KINDS[url.slice(0, url.indexOf(':') + 1)]
  let store: HistoryStore | undefined
  try {
    store = await open(url, days)
    await Promise.race([store.read(['nobody']), silence()])
    return { store }
  } catch (error) {
    if (store && isUnreachable(error)) return { store, unreachable: error as Error }
    await store?.close()
    const { message } = error as Error
    throw new Error(`${setting}: ${withoutPassword(url)} cannot be used: ${message}. Expected ${expected}.`, { cause: error })
  }
}

async function silence(): Promise<never> {
  await sleep(LIMIT_MS, undefined, { ref: false })
  throw Object.assign(new Error(`it said nothing for ${LIMIT_MS / 1000} s`), { code: 'ETIMEDOUT' })
}

/** The folder of a `file:` URL: a path that begins with a slash, or at the working directory. */
export const pathOf = (url: string): string =>
  url.startsWith('file:/') ? fileURLToPath(url) : decodeURIComponent(url.slice('file:'.length))

/** An error of the network has a code of the operating system; one of AWS says whose fault it is. */
function isUnreachable(error: unknown): boolean {
  const { code, name, $fault } = error as { code?: unknown; name: string; $fault?: string }
  return /^E[A-Z_]+$/.test(String(code)) || name === 'TimeoutError' || $fault === 'server'
}

export const withoutPassword = (url: string): string => url.replace(/(?<=:\/\/)[^/@]*@/, '')
