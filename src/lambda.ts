import awsLambdaFastify, { type LambdaResponse } from '@fastify/aws-lambda'
import type { Context } from 'aws-lambda'
import { boot } from './boot.js'
import { ERRORS, Problem } from './http/errors.js'
import { type HttpEvent, maxAnswerOf, toHttpEvent, wantsMultiValueHeaders } from './http/lambda-event.js'
import { finalReply } from './http/problem-replies.js'
import { isWarmer } from './http/warmer.js'
import { openScorer } from './recommender/scoring/scorer.js'

const { app, metrics, warmUp } = await boot(process.env, { openScorer, runs: 'function' })

// Wrap the app before it is made ready, and make it ready before the first event, so that start-up belongs to the init phase.
const options = { decorateRequest: false, retainStage: true }
const answer = awsLambdaFastify<HttpEvent>(app, { ...options })
const answerMultiValue = awsLambdaFastify<HttpEvent>(app, { ...options, albMultiValueHeaders: true })
await warmUp()

/** Answers events of API Gateway (REST and HTTP API), Function URLs and load balancers, and those that only keep it warm. */
export const handler = async (event: unknown, context: Context): Promise<unknown> => {
  if (isWarmer(event)) {
    metrics.keptWarm?.()
    return 'warm'
  }
  const isMultiValue = wantsMultiValueHeaders(event)
  try {
    return checkSize(await (isMultiValue ? answerMultiValue : answer)(toHttpEvent(event), context), maxAnswerOf(event))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { status, headers, body } = finalReply(app.log, context.awsRequestId, error)
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
    return { statusCode: status, headers, ...(isMultiValue && { multiValueHeaders: lists }), body, isBase64Encoded: false }
  }
}

/** The platform would answer 502, and say no more. @throws Problem */
function checkSize(answer: LambdaResponse, most: number): LambdaResponse {
  // Escaped, a character takes six bytes at most: most answers need not be measured.
  if (answer.body.length * 6 < most) return answer
  const bytes = Buffer.byteLength(JSON.stringify(answer))
  if (bytes <= most) return answer
  throw new Problem('answer_too_large', `${ERRORS.answer_too_large.meaning} It would take ${bytes} bytes, and may take ${most}.`)
}
