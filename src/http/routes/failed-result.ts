import type { FastifyRequest } from 'fastify'
import { asProblem, problemBody } from '../errors.js'
import { requestFields } from '../request-log.js'

/** What one of many in a request gets where it fails: the problem that it alone would have got. A failure of our own is logged. */
export function failedResult(error: unknown, request: FastifyRequest): { status: number; problem: object } {
  const { code, message } = asProblem(error as Error)
  if (code === 'internal') request.log.error({ ...requestFields(request), err: error }, 'failed')
  const problem = problemBody(code, message)
  return { status: problem.status, problem }
}
