import t from 'tap'
import { trainCheckerboard } from '../fixtures/checkerboard.js'
import { startNode } from '../fixtures/child.js'

const model = await trainCheckerboard(t.testdir())

const key = { authorization: 'Bearer a-key-of-some-length' }
const refusing = { MODEL_DIR: model, LOG_LEVEL: 'silent', API_KEYS: 'a-key-of-some-length', RATE_LIMIT_PER_MINUTE: '6', MAX_QUEUE: '1' }

t.test('on Lambda every refusal is counted by its reason, too', async t => {
  const code = `
    const { handler } = await import('./dist/lambda.js')
    const send = (rawPath, authorization) => handler({
      version: '2.0', rawPath, rawQueryString: '', headers: { authorization },
      requestContext: { http: { method: 'GET', sourceIp: '203.0.113.9' }, stage: '$default' }
    }, {})
    await send('/popular', 'Bearer a-guess-of-some-length')
    await Promise.all([1, 2, 3].map(() => send('/popular', '${key.authorization}')))
    for (let i = 0; i < 4; i++) await send('/model', '${key.authorization}')`
  const { out } = await startNode(t, ['--input-type=module', '-e', code], refusing).ended
  const counted: Record<string, number> = {}
  for (const line of out.trim().split('\n')) {
    for (const [name, value] of Object.entries(JSON.parse(line) as Record<string, number | number[]>))
      if (name.includes('refused')) counted[name] = (counted[name] ?? 0) + [value].flat().reduce((sum, each) => sum + each)
  }
  t.same(counted, {
    recommender_refused_unauthorized_total: 1,
    recommender_refused_queue_full_total: 2,
    recommender_refused_rate_limited_total: 2
  })
})

t.test('the function logs that line, and JSON lines only', async t => {
  const code = `
    const { handler } = await import('./dist/lambda.js')
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x-amzn-trace-id': 'Root=1-2-3', 'x-request-id': 'mine' }
    await handler({ version: '2.0', rawPath: '/recommend/4', rawQueryString: '', headers, requestContext: { http: { method: 'GET' }, stage: '$default' } }, {})`
  const { out, err } = await startNode(t, ['--input-type=module', '-e', code], { MODEL_DIR: model }).ended
  t.equal(err, '')
  const lines = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.match(lines.filter(line => line._aws).at(-1), {
    route: '/recommend/:userId',
    recommender_batch_size: 1,
    recommender_recommendations_history_total: 1
  })
  t.match(
    lines.find(line => line.requestId === 'mine'),
    {
      msg: 'answered',
      traceparent: /^00-0af7/,
      amznTraceId: 'Root=1-2-3',
      status: 200
    }
  )
})
