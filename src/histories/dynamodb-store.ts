import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AttributeValue,
  BatchGetItemCommand,
  DynamoDBClient,
  paginateScan,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand
} from '@aws-sdk/client-dynamodb'
import { fromText, type HistoryStore, type Known, type LiveHistory, newRevision, timeOf, toText } from './store.js'

type Item = Record<string, AttributeValue>

const DAY_S = 86_400
/** In s since 1970: when an item goes that stays. It is as long as a real time, so a full item has room for one. */
const NEVER = 9_999_999_999
/** Words are attributes named after their movies, with a letter in front, so that they never meet the others. */
const MOVIE = 'm:'
const PERSON = 'person'
/** Most items that DynamoDB gives at once. */
const MOST_KEYS = 100
/** A transaction takes 4 MB: so many full parts. */
const MOST_PARTS = 8
const MOST_TRIES = 8

/**
 * Keeps live histories in a DynamoDB table, for every target. Items of a user:
 *
 *     part 0       revision · expires · m:589 · m:1036 …       all that most users have: written in one request
 *     part 1 …     the same: what found no room before, for an item holds 400 kB, some 10,000 ratings
 *     person       revision · parts, beyond 0 · isForgotten    of who has such parts, or was forgotten; small, so it always has room
 *
 * A read gets part 0 and the person, then the other parts. The newer word on a movie counts, in whatever part it lies.
 *
 * @param url dynamodb://TABLE?region=…
 * @param days as in `openFileStore`
 */
export async function openDynamoStore(url: string, days: number): Promise<HistoryStore> {
  const { host: table, searchParams } = new URL(url)
  const [region, endpoint] = ['region', 'endpoint'].map(name => searchParams.get(name) ?? undefined)
  const client = new DynamoDBClient({ region, endpoint, requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000 } })
  const at = (userId: string, part: string) => ({ TableName: table, Key: { user: { S: userId }, part: { S: part } } })

  const getSome = async (keys: Item[]): Promise<Item[]> => {
    const found: Item[] = []
    for (let tries = 0; keys.length > 0; tries++) {
      const request = { RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(request))
      found.push(...(Responses?.[table] ?? []))
      const left = UnprocessedKeys?.[table]?.Keys ?? []
      if (left.length < keys.length) tries = 0
      else if (tries === MOST_TRIES) throw new Error('DynamoDB gives none of the items asked for: the table is throttled')
      else await sleep(10 * 2 ** tries)
      keys = left
    }
    return found
  }
  const get = async (keys: Item[]): Promise<Item[]> => {
    const some = Array.from({ length: Math.ceil(keys.length / MOST_KEYS) }, (_, i) => keys.slice(i * MOST_KEYS, (i + 1) * MOST_KEYS))
    return (await Promise.all(some.map(getSome))).flat()
  }
  const transact = async (items: TransactWriteItem[]): Promise<void> => {
    await again(() => client.send(new TransactWriteItemsCommand({ TransactItems: items })), isConflict)
  }

  /** The change of a part, unless what it has on the first of these attributes is newer than this time. */
  const change = (userId: string, part: string, sets: Item, newerThan?: string) => {
    const names = Object.keys(sets)
    const values: Item = Object.fromEntries(names.map((name, i) => [`:v${i}`, sets[name]]))
    if (newerThan !== undefined) values[':newer'] = { S: `${newerThan}~` }
    return {
      ...at(userId, part),
      UpdateExpression: `SET ${names.map((_, i) => `#n${i} = :v${i}`).join(', ')}`,
      ConditionExpression: newerThan === undefined ? undefined : 'attribute_not_exists(#n0) OR #n0 < :newer',
      ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${i}`, name])),
      ExpressionAttributeValues: values
    }
  }
  const write = async (userId: string, word: Item, time: string | undefined, part = 0): Promise<void> => {
    const expires = { N: `${days > 0 ? Math.ceil(Date.now() / 1000) + days * DAY_S : NEVER}` }
    const revision = { S: newRevision() }
    const Update = change(userId, `${part}`, { ...word, revision, expires }, time)
    try {
      if (part === 0) await again(() => client.send(new UpdateItemCommand(Update)), isConflict)
      else {
        const person = { ...at(userId, PERSON), UpdateExpression: 'SET revision = :r ADD parts :p' }
        const ExpressionAttributeValues = { ':r': revision, ':p': { SS: [`${part}`] } }
        // With their times, for the parts before must not go while their user adds something.
        const before = days > 0 ? Array.from({ length: part }, (_, i) => ({ Update: change(userId, `${i}`, { expires }) })) : []
        await transact([{ Update }, { Update: { ...person, ExpressionAttributeValues } }, ...before])
      }
    } catch (error) {
      if (isOlder(error)) return
      if (!isFull(error)) throw error
      await write(userId, word, time, part + 1)
    }
  }

  const read = async (userIds: readonly string[], known?: Known): Promise<LiveHistory[]> => {
    const asked = [...new Set(userIds)]
    const items = await get(asked.flatMap(userId => [at(userId, '0').Key, at(userId, PERSON).Key]))
    const more = items.flatMap(({ user, parts }) => (parts?.SS ?? []).map(part => at(user.S as string, part).Key))
    const byUser = new Map<string, Item[]>(asked.map(userId => [userId, []]))
    for (const item of items.concat(await get(more))) byUser.get(item.user.S as string)?.push(item)
    return userIds.map(userId => toHistory(byUser.get(userId) ?? [], known?.(userId)))
  }
  const forget = async (userId: string): Promise<void> => {
    const [person] = await get([at(userId, PERSON).Key])
    const [revision, parts] = [person?.revision, person?.parts?.SS ?? []]
    const [now, later] = [parts.slice(0, MOST_PARTS - 1), parts.slice(MOST_PARTS - 1)]
    // A part that is added meanwhile changes the revision. Then it begins anew.
    const Update = {
      ...at(userId, PERSON),
      ConditionExpression: revision ? 'revision = :seen' : 'attribute_not_exists(revision)',
      UpdateExpression: later.length > 0 ? 'SET revision = :r, parts = :later' : 'SET revision = :r, isForgotten = :yes REMOVE parts',
      ExpressionAttributeValues: {
        ':r': { S: newRevision() },
        ...(later.length > 0 ? { ':later': { SS: later } } : { ':yes': { BOOL: true } }),
        ...(revision && { ':seen': revision })
      }
    }
    const gone = later.length > 0 ? now : ['0', ...now]
    await transact([{ Update }, ...gone.map(part => ({ Delete: at(userId, part) }))])
    if (later.length > 0) await forget(userId)
  }

  return {
    read,
    async write(userId, rating, order = 'by time') {
      const word = toText(rating)
      const time = order === 'by time' ? timeOf(word) : undefined
      await write(userId, { [MOVIE + rating.movieId]: { S: word } }, time)
    },
    forget: userId => again(() => forget(userId), isOlder),
    async *all() {
      const names = { ProjectionExpression: '#u', ExpressionAttributeNames: { '#u': 'user' } }
      const seen = new Set<string>()
      for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ...names })) {
        const userIds = [...new Set(Items.map(({ user }) => user.S as string))].filter(userId => !seen.has(userId))
        const histories = await read(userIds)
        for (const [i, userId] of userIds.entries()) {
          seen.add(userId)
          yield { userId, history: histories[i] }
        }
      }
    },
    close: async () => client.destroy()
  }
}

function toHistory(items: Item[], known?: LiveHistory): LiveHistory {
  const isForgotten = items.some(item => item.isForgotten !== undefined)
  // DynamoDB removes what is past its time within days.
  const isPast = !items.some(({ expires }) => Number(expires?.N ?? 0) > Date.now() / 1000)
  const revision = items
    .map(item => (isPast && item.part.S !== PERSON ? '' : (item.revision?.S ?? '')))
    .sort()
    .join('')
  if (known?.revision === revision) return known
  const newest = new Map<string, string>()
  for (const item of isPast ? [] : items) {
    for (const [name, { S: word = '' }] of Object.entries(item)) {
      if (name.startsWith(MOVIE) && word > (newest.get(name) ?? '')) newest.set(name, word)
    }
  }
  return {
    revision,
    isForgotten,
    ratings: Array.from(newest, ([name, word]) => fromText(name.slice(MOVIE.length), word))
  }
}

/** Tries again what others were in the way of, each time after a longer while, and not all at the same time. */
async function again<Result>(act: () => Promise<Result>, isWorthIt: (error: unknown) => boolean): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await act()
    } catch (error) {
      if (tries === MOST_TRIES || !isWorthIt(error)) throw error
      await sleep(Math.random() * 10 * 2 ** tries)
    }
  }
}

/** What DynamoDB says of an error, of each item of a transaction as well. */
function codesOf(error: unknown): string[] {
  const { name, message, CancellationReasons = [] } = error as Error & { CancellationReasons?: { Code?: string; Message?: string }[] }
  return [name, message, ...CancellationReasons.flatMap(({ Code = '', Message = '' }) => [Code, Message])]
}

const says = (pattern: RegExp) => (error: unknown) => codesOf(error).some(code => pattern.test(code))
const isOlder = says(/ConditionalCheckFailed/)
const isConflict = says(/TransactionConflict|TransactionInProgress/)
const isFull = says(/item size/i)
