import { isFull, isUnmet, whileUnmet } from './dynamodb-errors.js'
import { changeOf, expiry, forgetting, PERSON, revised, toHistory, wordOf } from './dynamodb-parts.js'
import { type Item, Table } from './dynamodb-table.js'
import { type HistoryStore, type Known, type LiveHistory, timeOf, toText } from './store.js'

/** A transaction takes 4 MB: so many full parts. */
const MOST_PARTS = 8

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
  const table = new Table(url)

  const write = async (userId: string, word: Item, time: string | undefined, part = 0): Promise<void> => {
    const [expires, revision] = [expiry(days), revised()]
    const change = changeOf(table.at(userId, `${part}`), { ...word, ...revision, ...expires }, time)
    try {
      if (part === 0) await table.update(change)
      else {
        const person = { ...table.at(userId, PERSON), UpdateExpression: 'SET revision = :r ADD parts :p' }
        const ExpressionAttributeValues = { ':r': revision.revision, ':p': { SS: [`${part}`] } }
        // With their times, for the parts before must not go while their user adds something.
        const before = days > 0 ? Array.from({ length: part }, (_, i) => changeOf(table.at(userId, `${i}`), expires)) : []
        await table.transact([change, { ...person, ExpressionAttributeValues }, ...before].map(Update => ({ Update })))
      }
    } catch (error) {
      if (isUnmet(error)) return
      if (!isFull(error)) throw error
      await write(userId, word, time, part + 1)
    }
  }
  const read = async (userIds: readonly string[], known?: Known): Promise<LiveHistory[]> => {
    const asked = [...new Set(userIds)]
    const items = await table.get(asked.flatMap(userId => [table.at(userId, '0'), table.at(userId, PERSON)]))
    const more = items.flatMap(({ user, parts }) => (parts?.SS ?? []).map(part => table.at(user.S as string, part)))
    const byUser = new Map<string, Item[]>(asked.map(userId => [userId, []]))
    for (const item of items.concat(await table.get(more))) byUser.get(item.user.S as string)?.push(item)
    return userIds.map(userId => toHistory(byUser.get(userId) ?? [], known?.(userId)))
  }
  const forget = async (userId: string): Promise<void> => {
    const [person] = await table.get([table.at(userId, PERSON)])
    const parts = person?.parts?.SS ?? []
    const [now, later] = [parts.slice(0, MOST_PARTS - 1), parts.slice(MOST_PARTS - 1)]
    const gone = later.length > 0 ? now : ['0', ...now]
    const Update = forgetting(table.at(userId, PERSON), later, person?.revision)
    await table.transact([{ Update }, ...gone.map(part => ({ Delete: table.at(userId, part) }))])
    if (later.length > 0) await forget(userId)
  }

  return {
    read,
    write: (userId, rating, order = 'by time') => write(userId, wordOf(rating), order === 'by time' ? timeOf(toText(rating)) : undefined),
    forget: userId => whileUnmet.execute(() => forget(userId)),
    async *all() {
      const seen = new Set<string>()
      for await (const some of table.users()) {
        const userIds = [...new Set(some)].filter(userId => !seen.has(userId))
        const histories = await read(userIds)
        for (const [i, userId] of userIds.entries()) {
          seen.add(userId)
          yield { userId, history: histories[i] }
        }
      }
    },
    close: async () => table.close()
  }
}
