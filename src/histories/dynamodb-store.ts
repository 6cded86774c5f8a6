import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AttributeValue,
  BatchGetItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
  TransactWriteItemsCommand,
  UpdateItemCommand
} from '@aws-sdk/client-dynamodb'
import { fromText, type HistoryStore, type LiveHistory, newRevision, toText } from './store.js'

type Item = Record<string, AttributeValue>

const DAY_S = 86_400
/** Words are attributes named after their movies, with a letter in front, so that they never meet the others. */
const MOVIE = 'm:'
const FORGOTTEN = 'forgotten'
/** Most items that DynamoDB gives at once. */
const MOST_KEYS = 100

/**
 * Keeps live histories in a DynamoDB table, for every target. An item for each user:
 *
 *     user, part 0: revision · parts · expires · m589 · m1036 …
 *
 * An item holds 400 kB, some 10,000 ratings. What does not fit any more goes to a part of its own, 1, 2, …; a read finds the number
 * of parts in part 0 and gets the others as well. The newer word on a movie wins there as everywhere.
 */
export async function openDynamoStore(url: URL, days: number): Promise<HistoryStore> {
  const table = url.host || url.pathname.slice(1)
  const endpoint = url.searchParams.get('endpoint') ?? undefined
  const client = new DynamoDBClient({ region: url.searchParams.get('region') ?? undefined, endpoint })
  await client.send(new DescribeTableCommand({ TableName: table }))
  const keyOf = (userId: string, part: string): Item => ({ user: { S: userId }, part: { S: part } })

  const get = async (keys: Item[]): Promise<Item[]> => {
    const found: Item[] = []
    for (let wait = 10; keys.length > 0; wait *= 2) {
      const [now, later] = [keys.slice(0, MOST_KEYS), keys.slice(MOST_KEYS)]
      const request = { RequestItems: { [table]: { Keys: now, ConsistentRead: true } } }
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(request))
      found.push(...(Responses?.[table] ?? []))
      const unprocessed = UnprocessedKeys?.[table]?.Keys ?? []
      if (unprocessed.length > 0) await sleep(wait)
      keys = [...unprocessed, ...later]
    }
    return found
  }

  /** The change of an item, if it is not older than what it changes. */
  const update = (userId: string, part: number, sets: Item, condition?: string, only: Item = {}) => {
    const names = Object.keys(sets)
    return {
      TableName: table,
      Key: keyOf(userId, `${part}`),
      UpdateExpression: `SET ${names.map((_, i) => `#n${i} = :v${i}`).join(', ')}`,
      ConditionExpression: condition,
      ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${i}`, name])),
      ExpressionAttributeValues: { ...Object.fromEntries(names.map((name, i) => [`:v${i}`, sets[name]])), ...only }
    }
  }
  const write = async (userId: string, sets: Item, head: Item, time: string, part = 0): Promise<void> => {
    const condition = 'attribute_not_exists(#n0) OR #n0 < :after'
    const after = { ':after': { S: `${time}~` } }
    try {
      if (part === 0) await client.send(new UpdateItemCommand(update(userId, 0, { ...sets, ...head }, condition, after)))
      else {
        const parts = { ...head, parts: { N: `${part + 1}` } }
        const both = [{ Update: update(userId, part, sets, condition, after) }, { Update: update(userId, 0, parts) }]
        await client.send(new TransactWriteItemsCommand({ TransactItems: both }))
      }
    } catch (error) {
      if (isOlder(error)) return
      if (!isFull(error)) throw error
      await write(userId, sets, head, time, part + 1)
    }
  }

  const read = async (userIds: readonly string[]): Promise<LiveHistory[]> => {
    const asked = [...new Set(userIds)]
    const items = await get(asked.flatMap(userId => [keyOf(userId, '0'), keyOf(userId, FORGOTTEN)]))
    const more = items.flatMap(item =>
      partsOf(item)
        .slice(1)
        .map(part => keyOf(userOf(item), part))
    )
    const byUser = new Map<string, Item[]>()
    for (const item of [...items, ...(await get(more))]) byUser.set(userOf(item), [...(byUser.get(userOf(item)) ?? []), item])
    return userIds.map(userId => toHistory(byUser.get(userId) ?? []))
  }
  return {
    read,
    async write(userId, rating) {
      const expires: Item = days > 0 ? { expires: { N: `${Math.ceil(Date.now() / 1000) + days * DAY_S}` } } : {}
      const word = toText(rating)
      const head = { revision: { S: newRevision() }, ...expires }
      await write(userId, { [MOVIE + rating.movieId]: { S: word } }, head, word.slice(0, word.indexOf(',')))
    },
    async forget(userId) {
      const [head] = await get([keyOf(userId, '0')])
      const parts = partsOf(head).map(part => keyOf(userId, part))
      const Item = { ...keyOf(userId, FORGOTTEN), revision: { S: newRevision() } }
      const deletes = parts.map(Key => ({ Delete: { TableName: table, Key } }))
      await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: table, Item } }, ...deletes] }))
    },
    async *all() {
      const pages = paginateScan(
        { client },
        { TableName: table, ProjectionExpression: '#u, #p', ExpressionAttributeNames: { '#u': 'user', '#p': 'part' } }
      )
      const seen = new Set<string>()
      for await (const { Items = [] } of pages) {
        const userIds = [...new Set(Items.map(userOf))].filter(userId => !seen.has(userId))
        const histories = await read(userIds)
        for (const [i, userId] of userIds.entries()) {
          seen.add(userId)
          yield { userId, history: histories[i] }
        }
      }
    },
    async close() {
      client.destroy()
    }
  }
}

function toHistory(items: Item[]): LiveHistory {
  const now = Date.now() / 1000
  const isForgotten = items.some(({ part }) => part.S === FORGOTTEN)
  const head = items.find(({ part }) => part.S === '0')
  // DynamoDB removes what is past its time within days.
  const isPast = head?.expires?.N !== undefined && Number(head.expires.N) < now
  const newest = new Map<string, string>()
  if (!isPast) {
    for (const item of items) {
      for (const [name, { S: word = '' }] of Object.entries(item)) {
        if (!name.startsWith(MOVIE)) continue
        const before = newest.get(name)
        if (before === undefined || before < word) newest.set(name, word)
      }
    }
  }
  return {
    revision: items
      .map(({ revision }) => revision?.S ?? '')
      .sort()
      .join(''),
    isForgotten,
    ratings: Array.from(newest, ([name, word]) => fromText(name.slice(MOVIE.length), word))
  }
}

const userOf = ({ user }: Item): string => user.S as string

/** Of a user, by the item that is their part 0. */
const partsOf = (head?: Item): string[] => Array.from({ length: Number(head?.parts?.N ?? 1) }, (_, part) => `${part}`)

const named = (error: unknown): { name: string; message: string } => error as Error

function isOlder(error: unknown): boolean {
  const { name, message } = named(error)
  return (
    name === 'ConditionalCheckFailedException' || (name === 'TransactionCanceledException' && message.includes('ConditionalCheckFailed'))
  )
}

function isFull(error: unknown): boolean {
  const { message } = named(error)
  return /item size/i.test(message)
}
