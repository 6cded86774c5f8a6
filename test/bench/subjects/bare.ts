import Fastify from 'fastify'

// The control B: Fastify, a route of the same shape, and a text that is always the same.
const { PORT, ANSWER } = process.env
const app = Fastify()
app.get('/', (_request, reply) => reply.send('ok'))
app.get('/recommend/:userId', (_request, reply) => reply.send(ANSWER))
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
