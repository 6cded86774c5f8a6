// Live histories of the function, as its template sets them up: the table, the role and the settings are those of a stack that the
// stand-in of AWS's API has made. The function is the compiled one, called through Lambda's runtime API.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import t, { type Test } from 'tap'
import { readCapacity } from '../../docker/cost/capacity.js'
import { startNode } from '../fixtures/child.js'
import { events, type Sent } from '../fixtures/events.js'
import { lambdaRuntime } from '../fixtures/lambda-runtime.js'
import { awsCli, startAws } from '../fixtures/stand-in.js'

const { TARGETS_TOOLS: tools } = process.env
if (!tools) t.pass('test/targets/check has the stand-in of AWS that it needs', { skip: true })
else {
  const aws = await startAws(tools)
  const us = { AWS_DEFAULT_REGION: 'us-east-1', AWS_ENDPOINT_URL: aws, AWS_EC2_METADATA_DISABLED: 'true', AWS_SECRET_ACCESS_KEY: 'test' }
  const { cli, createStack } = awsCli({ PATH: `${tools}:${process.env.PATH}`, HOME: t.testdir(), AWS_ACCESS_KEY_ID: 'test', ...us })

  const [read, write] = ['read', 'write'].map(word => word.padEnd(16, '-'))
  const keys = JSON.stringify({ API_KEYS: read, WRITE_API_KEYS: write })
  await cli('secretsmanager', 'create-secret', '--name', 'keys', '--secret-string', keys)
  await createStack('films', 'lambda', ['Histories=dynamodb', 'KeysSecret=keys'])
  const of = async (logicalId: string) => {
    const resource = ['describe-stack-resource', '--stack-name', 'films', '--logical-resource-id', logicalId]
    return cli('cloudformation', ...resource, '--query', 'StackResourceDetail.PhysicalResourceId', '--output', 'text')
  }
  const configuration = ['get-function-configuration', '--function-name', await of('Function'), '--query', 'Environment.Variables']
  const settings = JSON.parse(await cli('lambda', ...configuration)) as Record<string, string>
  const role = await of('Role')

  /** An instance of the function, with the settings and the rights that the stack gives it. */
  const instance = async (t: Test, more: Record<string, string> = {}) => {
    const runtime = await lambdaRuntime(t, 25)
    const begun = Date.now()
    const credentials = { ...us, AWS_ACCESS_KEY_ID: role, ORT_DISABLE_TELEMETRY: '1' }
    // The stand-in may take its time.
    const patience = { HISTORY_STORE_TIMEOUT_MS: '2000' }
    const { process } = startNode(t, ['test/fixtures/runtime-client.mjs', 'dist/lambda.js'], {
      ...settings,
      ...patience,
      ...credentials,
      ...runtime.env(1769),
      ...more
    })
    const initMs = (await runtime.ready) - begun
    const send = async (sent: Sent, key = read) => {
      const headers = { ...sent.headers, authorization: `Bearer ${key}`, accept: 'application/json' }
      return JSON.parse(await runtime.invoke(events['HTTP API']({ ...sent, headers }))) as { statusCode: number; body: string }
    }
    return { send, initMs, stop: () => process.kill('SIGKILL') }
  }
  const rating: Sent = {
    path: '/users/ann/ratings/589',
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"rating":5}'
  }

  t.test('a rating that one instance keeps counts in the next answer of another one', async t => {
    const [here, there] = [await instance(t), await instance(t)]
    const before = await there.send({ path: '/recommend/ann' })
    t.equal(before.statusCode, 200, before.body)
    t.equal((await here.send(rating)).statusCode, 403, 'a key that reads does not write')
    t.equal((await here.send(rating, write)).statusCode, 204)

    const after = await there.send({ path: '/recommend/ann' })
    t.equal(after.statusCode, 200)
    t.not(after.body, before.body)
    const asHistory = { path: '/recommend', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"history":[589]}' }
    const ids = ({ body }: { body: string }) => JSON.parse(body).items.map(({ id }: { id: unknown }) => id)
    t.same(ids(after), ids(await there.send(asHistory)), 'as a history that comes with the request')

    t.equal((await there.send({ path: '/users/ann', method: 'DELETE' }, write)).statusCode, 204)
    t.same(ids(await here.send({ path: '/recommend/ann' })), ids(before), 'and a history that is forgotten counts nowhere')
  })

  t.test('of two ratings of a movie in one request the later one counts, though DynamoDB takes the first one late', async t => {
    const { send } = await instance(t, { AWS_ENDPOINT_URL: await lateAtFirst(t, aws) })
    const ratings = [1, 5].map(rating => ({ userId: 'bob', movieId: '589', rating }))
    const headers = { 'content-type': 'application/json' }
    t.equal((await send({ path: '/ratings', method: 'POST', headers, body: JSON.stringify({ ratings }) }, write)).statusCode, 200)
    t.match(JSON.parse((await send({ path: '/users/bob/ratings' })).body).ratings, [{ movieId: '589', rating: 5 }])
  })

  t.test('its role may do on the table what the store does, and nothing else', async t => {
    const credentials = { accessKeyId: role, secretAccessKey: 'test' }
    const client = new DynamoDBClient({ endpoint: aws, region: 'us-east-1', credentials })
    t.teardown(() => client.destroy())
    const table = await of('LiveHistories')
    t.equal(table, 'films-histories')
    await t.rejects(client.send(new ScanCommand({ TableName: table })), { name: 'AccessDeniedException' })
    const elsewhere = instance(t, { HISTORY_STORE: 'dynamodb://another?region=us-east-1' })
    await t.rejects(
      elsewhere,
      /HISTORY_STORE: dynamodb:\/\/another\S* cannot be used: .*is not authorized to perform: dynamodb:BatchGetItem/
    )
  })

  t.test('the table drops what has expired, and can be restored', async t => {
    const ttl = await cli('dynamodb', 'describe-time-to-live', '--table-name', 'films-histories', '--query', 'TimeToLiveDescription')
    t.match(JSON.parse(ttl), { AttributeName: 'expires', TimeToLiveStatus: 'ENABLED' })
    const query = 'ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus'
    t.equal(
      await cli('dynamodb', 'describe-continuous-backups', '--table-name', 'films-histories', '--query', query, '--output', 'text'),
      'ENABLED'
    )
  })

  t.test('init takes less than 150 ms longer for it, on a machine as quick as the one that was measured', async t => {
    const stores: Record<string, Record<string, string>> = { none: { HISTORY_STORE: '' }, dynamodb: {} }
    const times: Record<string, number[]> = { none: [], dynamodb: [] }
    // The first round reads files that the others find in memory.
    for (let round = 0; round < 6; round++) {
      for (const [store, more] of Object.entries(stores)) {
        const { initMs, stop } = await instance(t, more)
        stop()
        if (round > 0) times[store].push(initMs)
      }
    }
    // The quickest of each: what else the machine does can only add to them.
    const [none, dynamodb] = [times.none, times.dynamodb].map(all => Math.min(...all))
    t.comment(`init without a store ${times.none.join(', ')} ms, with DynamoDB ${times.dynamodb.join(', ')} ms`)
    const { lambda } = await readCapacity()
    t.ok(((dynamodb - none) / none) * lambda.initMs < 150, `${dynamodb} ms after ${none}`)
  })
}

/** A way to AWS's API on which the first write takes 300 ms. */
async function lateAtFirst(t: Test, aws: string): Promise<string> {
  let writes = 0
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url, headers } = request
    const body = await buffer(request)
    if (String(headers['x-amz-target']).endsWith('UpdateItem') && writes++ === 0) await sleep(300)
    const answer = await fetch(aws + url, { method, headers: headers as Record<string, string>, body })
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
  }
  const way = createServer((request, response) => void pass(request, response))
  t.teardown(() => way.close())
  await once(way.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(way.address() as AddressInfo).port}`
}
