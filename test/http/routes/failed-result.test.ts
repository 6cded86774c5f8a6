import { Writable } from 'node:stream'
import Fastify from 'fastify'
import t from 'tap'
import { Problem } from '../../../src/http/errors.js'
import { failedResult } from '../../../src/http/routes/failed-result.js'

t.test(
  'one of many that fails has the problem that it alone would have got; only a failure of our own is logged, and not shown',
  async t => {
    const lines: object[] = []
    const stream = new Writable({
      write(line, _, done) {
        lines.push(JSON.parse(String(line)))
        done()
      }
    })
    const app = Fastify({ logger: { level: 'error', stream }, genReqId: () => 'mine' })
    const failures: Record<string, Error> = { theirs: new Problem('unknown_movie', 'There is no such movie.'), ours: new Error('a fault') }
    app.get<{ Params: { name: string } }>('/:name', async (request, reply) => {
      reply.type('application/json')
      return JSON.stringify(failedResult(failures[request.params.name], request))
    })

    t.match((await app.inject('/theirs')).json(), { status: 404, problem: { code: 'unknown_movie', detail: 'There is no such movie.' } })
    t.same(lines, [])
    const ours = await app.inject('/ours')
    t.match(ours.json(), { status: 500, problem: { code: 'internal', status: 500 } })
    t.notMatch(ours.body, 'a fault')
    t.match(lines, [{ level: 50, requestId: 'mine', msg: 'failed', err: { message: 'a fault', stack: /failed-result/ } }])
  }
)
