import { ExponentialBackoff, fullJitterGenerator, handleWhen, retry } from 'cockatiel'

/** What DynamoDB says of an error, of each item of a transaction as well. */
function codesOf(error: unknown): string[] {
  const { name, message, CancellationReasons = [] } = error as Error & { CancellationReasons?: { Code?: string; Message?: string }[] }
  return [name, message, ...CancellationReasons.flatMap(({ Code = '', Message = '' }) => [Code, Message])]
}

const says = (pattern: RegExp) => (error: unknown) => codesOf(error).some(code => pattern.test(code))

/** What is kept did not meet the condition of a change. */
export const isUnmet = says(/ConditionalCheckFailed/)
/** The item would be larger than DynamoDB takes. */
export const isFull = says(/item size/i)

/** Tries again what others were in the way of, each time after a longer while, and not all at the same time. */
const patiently = (isWorthIt: (error: unknown) => boolean) =>
  retry(handleWhen(isWorthIt), {
    maxAttempts: 8,
    backoff: new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay: 10, maxDelay: 2_000 })
  })

/** For all that is written: a transaction takes no item that another one writes at the same time. */
export const inConflict = patiently(says(/TransactionConflict|TransactionInProgress/))
/** For what reads first, and writes on the condition that nobody else has written meanwhile. */
export const whileUnmet = patiently(isUnmet)
