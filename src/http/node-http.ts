/**
 * What HTTP knows by name. An `import` of `node:http` reads all that it exports, and with its `WebSocket` Node loads another client of
 * HTTP: 25 ms of a start (Node 22 and later).
 */
export const { METHODS, STATUS_CODES } = process.getBuiltinModule('node:http')
