import {
  type AttributeValue,
  BatchGetItemCommand,
  DynamoDBClient,
  paginateScan,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type Update,
  UpdateItemCommand
} from '@aws-sdk/client-dynamodb'
import { inConflict } from './dynamodb-errors.js'

export type Item = Record<string, AttributeValue>

/** Where an item lies. */
export interface Place {
  TableName: string
  Key: { user: { S: string }; part: { S: string } }
}

/** Most items that DynamoDB gives at once. */
const MOST_KEYS = 100

/** A table with the keys `user` and `part`. Whatever is read is what was written last. */
export class Table {
  readonly #name: string
  readonly #client: DynamoDBClient

  /** @param url dynamodb://TABLE?region=… */
  constructor(url: string) {
    const { host, searchParams } = new URL(url)
    const [region, endpoint] = ['region', 'endpoint'].map(name => searchParams.get(name) ?? undefined)
    this.#name = host
    this.#client = new DynamoDBClient({ region, endpoint, requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000 } })
  }

  at(userId: string, part: string): Place {
    return { TableName: this.#name, Key: { user: { S: userId }, part: { S: part } } }
  }

  /** The items at these places that there are, in any order. */
  async get(places: readonly Place[]): Promise<Item[]> {
    const requests = Array.from({ length: Math.ceil(places.length / MOST_KEYS) }, (_, i) =>
      places.slice(i * MOST_KEYS, (i + 1) * MOST_KEYS).map(({ Key }) => Key)
    )
    return (await Promise.all(requests.map(keys => this.#get(keys)))).flat()
  }

  /** An answer holds 16 MB, and at least one item. */
  async #get(Keys: Item[]): Promise<Item[]> {
    const request = { RequestItems: { [this.#name]: { Keys, ConsistentRead: true } } }
    const { Responses, UnprocessedKeys } = await this.#client.send(new BatchGetItemCommand(request))
    const found = Responses?.[this.#name] ?? []
    const left = UnprocessedKeys?.[this.#name]?.Keys ?? []
    return left.length === 0 ? found : found.concat(await this.#get(left))
  }

  /** @throws Error for which `isUnmet` or `isFull` is true */
  async update(change: Update): Promise<void> {
    await inConflict.execute(() => this.#client.send(new UpdateItemCommand(change)))
  }

  /** All of it, or nothing. @throws Error as `update` */
  async transact(TransactItems: TransactWriteItem[]): Promise<void> {
    await inConflict.execute(() => this.#client.send(new TransactWriteItemsCommand({ TransactItems })))
  }

  /** Whose items there are, some at a time; somebody may come again. */
  async *users(): AsyncIterable<string[]> {
    const names = { ProjectionExpression: '#u', ExpressionAttributeNames: { '#u': 'user' } }
    for await (const { Items = [] } of paginateScan({ client: this.#client }, { TableName: this.#name, ...names })) {
      yield Items.map(({ user }) => user.S as string)
    }
  }

  close(): void {
    this.#client.destroy()
  }
}
