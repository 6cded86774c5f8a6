import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import t, { type Test } from 'tap'
import { openDynamoStore } from '../../src/histories/dynamodb-store.js'
import { type HistoryStore, type LiveRating, toText } from '../../src/histories/store.js'
import { startAws } from '../fixtures/stand-in.js'
import { keepsItsPromises } from '../histories/contract.js'

const { TARGETS_TOOLS: tools } = process.env
if (!tools) t.pass('test/targets/check has the stand-in of AWS that it needs', { skip: true })
else {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-central-1' })
  const endpoint = await startAws(tools)
  const client = new DynamoDBClient({ endpoint })
  await client.send(
    new CreateTableCommand({
      TableName: 'histories',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'user', KeyType: 'HASH' },
        { AttributeName: 'part', KeyType: 'RANGE' }
      ],
      AttributeDefinitions: ['user', 'part'].map(AttributeName => ({ AttributeName, AttributeType: 'S' }))
    })
  )

  const open = async (t: Test, days = 0): Promise<HistoryStore> => {
    const store = await openDynamoStore(`dynamodb://histories?endpoint=${encodeURIComponent(endpoint)}`, days)
    t.teardown(() => store.close())
    return store
  }
  keepsItsPromises('DynamoDB', open)

  /** Long ids, for the stand-in gets slow with thousands of them in an item: with those of MovieLens it would be 13,000. */
  const ids = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => String(from + i).padEnd(190, '-'))

  /** Fills a part with ratings, as many as it holds, as thousands of requests would. */
  const fill = async (part: string, movieIds: string[]): Promise<void> => {
    const words = movieIds.map(movieId => [`m:${movieId}`, { S: toText({ movieId, rating: 3.5, time: 1_700_000_000_000 }) }])
    const Item = { user: { S: 'Zoe' }, part: { S: part }, revision: { S: 'x'.repeat(12) }, expires: { N: '9999999999' } }
    await client.send(new PutItemCommand({ TableName: 'histories', Item: { ...Item, ...Object.fromEntries(words) } }))
  }

  t.test('somebody with more ratings than one item holds loses none, changes any of them, and can be forgotten', async t => {
    const store = await open(t)
    const write = (movieIds: string[], rest: Omit<LiveRating, 'movieId'>) =>
      Promise.all(movieIds.map(movieId => store.write('Zoe', { movieId, ...rest })))
    const read = async () => (await store.read(['Zoe']))[0]

    await fill('0', ids(100_000, 1_905))
    await write(ids(1_000, 20), { rating: 1, time: 1 })
    await fill('1', [...ids(1_000, 20), ...ids(200_000, 1_885)])
    await write(ids(2_000, 20), { rating: 2, time: 2 })
    const { ratings, revision } = await read()
    t.equal(ratings.length, 3_830)
    const { Items = [] } = await client.send(
      new ScanCommand({ TableName: 'histories', ProjectionExpression: '#u, part', ExpressionAttributeNames: { '#u': 'user' } })
    )
    t.strictSame(
      Items.filter(({ user }) => user.S === 'Zoe')
        .map(({ part }) => part.S)
        .sort(),
      ['0', '1', '2', 'person'],
      'in so many items'
    )

    await store.write('Zoe', { movieId: ids(100_000, 1)[0], time: 1_800_000_000_000, isRemoved: true })
    await store.write('Zoe', { movieId: ids(2_000, 1)[0], rating: 5, time: 1 })
    const changed = await read()
    t.not(changed.revision, revision)
    t.match(
      changed.ratings.find(({ movieId }) => movieId === ids(100_000, 1)[0]),
      { isRemoved: true }
    )
    t.match(
      changed.ratings.find(({ movieId }) => movieId === ids(2_000, 1)[0]),
      { rating: 2 },
      'an older word counts in no part'
    )

    await store.forget('Zoe')
    t.match(await read(), { isForgotten: true, ratings: [] })
    const left = await client.send(new ScanCommand({ TableName: 'histories' }))
    t.strictSame(
      (left.Items ?? []).filter(({ user }) => user.S === 'Zoe').map(({ part }) => part.S),
      ['person']
    )
  })

  t.test('what is past its time does not count, before DynamoDB removes it', async t => {
    const expires = { N: `${Math.floor(Date.now() / 1000) - 1}` }
    const Item = { user: { S: 'Yan' }, part: { S: '0' }, revision: { S: 'old' }, expires, 'm:1': { S: toText({ movieId: '1', time: 1 }) } }
    await client.send(new PutItemCommand({ TableName: 'histories', Item }))
    const store = await open(t, 1)
    t.strictSame(await store.read(['Yan']), [{ revision: '', isForgotten: false, ratings: [] }])
  })
}
