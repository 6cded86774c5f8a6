import awsLambdaFastify from '@fastify/aws-lambda'
import type { Context } from 'aws-lambda'
import { boot } from './boot.js'
import { type LambdaEvent, withRawUrl } from './http/lambda-event.js'
import { openScorer } from './recommender/scoring/scorer.js'

const { app, warmUp } = await boot(process.env, { openScorer, runs: 'function' })

// Wrap the app before it is made ready, and make it ready before the first event, so that start-up belongs to the init phase.
const options = { decorateRequest: false, parseCommaSeparatedQueryParams: false }
const answer = awsLambdaFastify(app, { ...options })
const answerMultiValue = awsLambdaFastify(app, { ...options, albMultiValueHeaders: true })
await warmUp()

/** Answers events of API Gateway (REST and HTTP API), Function URLs and load balancers. */
export const handler = (event: LambdaEvent, context: Context): Promise<unknown> => {
  if (!event.requestContext)
    throw new Error('expected an event of API Gateway, a Function URL or a load balancer; this one has no requestContext')
  // A load balancer that sends multi-value headers ignores all others in the answer.
  const wrapped = 'elb' in event.requestContext && event.multiValueHeaders ? answerMultiValue : answer
  return wrapped(withRawUrl(event), context)
}
