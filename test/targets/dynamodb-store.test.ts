import { spawn } from 'node:child_process'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import t from 'tap'
import { openDynamoStore } from '../../src/histories/dynamodb-store.js'
import { freePort } from '../fixtures/free-port.js'
import { keepsItsPromises } from '../histories/contract.js'

// Run by test/targets/check, which has the stand-in of AWS's API on its PATH.
Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-central-1' })
const port = await freePort()
const endpoint = `http://127.0.0.1:${port}`
const child = spawn('python', ['test/targets/stand_in.py', '-p', String(port)], { stdio: 'ignore' })
t.teardown(() => child.kill('SIGKILL'))

const client = new DynamoDBClient({ endpoint, maxAttempts: 20 })
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

keepsItsPromises('DynamoDB', async t => {
  const store = await openDynamoStore(new URL(`dynamodb://histories?endpoint=${encodeURIComponent(endpoint)}`), 0)
  t.teardown(() => store.close())
  return store
})
