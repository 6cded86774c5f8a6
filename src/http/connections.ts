import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import type { App } from './fastify.js'

/** Files, pipes and libraries need descriptors besides those of connections. */
const OTHER_DESCRIPTORS = 64

/** Most requests that one connection, and all connections together, may send ahead of the answers before them. */
const MAX_PIPELINED = 16
const MAX_PIPELINED_IN_ALL = 1024

/** Smaller answers are bounded well enough by the number of connections. */
const LARGE = 16_384

/** An answer that is made while it is read: until then it holds what it is made of. */
export interface Held {
  heldBytes: number
}

/**
 * Bounds what connections may hold, each of them and all together:
 *
 *     requests on one connection    r₁ r₂ … r₁₇ │ r₁₈: the connection is closed
 *     answered one after the other  └ r₂ begins when the answer to r₁ has left
 *     answers that nobody reads     beyond `maxUnsentBytes` the connection that has waited longest is closed
 */
export function boundConnections(app: App, { maxConnections, maxUnsentBytes }: { maxConnections: number; maxUnsentBytes: number }): void {
  limitConnections(app, Math.min(maxConnections, mostDescriptors() - OTHER_DESCRIPTORS))
  answerInTurn(app)
  limitUnsentBytes(app, maxUnsentBytes)
}

/** Refuses connections beyond a number, and says so once until there is room again. */
function limitConnections(app: App, most: number): void {
  const server = app.server as Server
  server.maxConnections = Math.max(1, most)
  let isFull = false
  server.on('drop', () => {
    if (!isFull) app.log.warn(`${server.maxConnections} connections are open, as many as may be: more are refused`)
    isFull = true
  })
  server.on('connection', () => {
    isFull = false
  })
}

/** The answer to a pipelined request is worked out when it can leave: until then it would only fill the memory. */
function answerInTurn(app: App): void {
  const connections = new WeakMap<Socket, { ahead: number }>()
  let all = 0
  const connectionOf = (socket: Socket): { ahead: number } => {
    let connection = connections.get(socket)
    if (connection) return connection
    connections.set(socket, (connection = { ahead: 0 }))
    socket.once('close', () => {
      all -= connection.ahead
    })
    return connection
  }
  app.addHook('onRequest', ({ raw: { socket } }, { raw }, done) => {
    // A response gets its socket when the one before it has left.
    if (raw.socket) return done()
    const connection = connectionOf(socket)
    if (connection.ahead >= MAX_PIPELINED || all >= MAX_PIPELINED_IN_ALL) return void socket.destroy()
    connection.ahead++
    all++
    raw.once('socket', () => {
      connection.ahead--
      all--
      done()
    })
  })
}

/** Large answers on their way out, oldest first. When they become too many, somebody is not reading. */
function limitUnsentBytes(app: App, most: number): void {
  const unsent = new Map<FastifyReply['raw'], number>()
  let total = 0
  const forget = (response: FastifyReply['raw']): void => {
    total -= unsent.get(response) ?? 0
    unsent.delete(response)
  }
  app.addHook('onSend', (_request, { raw }, payload, done) => {
    const size = sizeOf(payload)
    if (size <= LARGE) return done()
    total += size
    unsent.set(raw, size)
    raw.once('close', () => forget(raw))
    for (const oldest of unsent.keys()) {
      if (total <= most || oldest === raw) break
      forget(oldest)
      oldest.destroy()
    }
    done()
  })
}

const sizeOf = (payload: unknown): number =>
  typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : ((payload as Partial<Held> | null)?.heldBytes ?? 0)

/** The limit of this process, as Linux tells it; elsewhere there is none to be known. */
function mostDescriptors(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity)
  } catch {
    return Infinity
  }
}
