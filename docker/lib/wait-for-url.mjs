// @ts-check
import { setTimeout as sleep } from 'node:timers/promises'
import { firstLine, Refusal } from './shell.mjs'

/**
 * Gets it again and again until it answers, for at most `seconds`: names, certificates and targets take a while to be known.
 *
 * @param {string} url @param {number} seconds
 * @param {string} advice what to do where it does not answer
 * @returns {Promise<string>} the answer
 * @throws Refusal saying what came in its place
 */
export async function waitForUrl(url, seconds, advice) {
  const until = Date.now() + seconds * 1000
  for (;;) {
    const { answer, problem } = await get(url)
    if (answer) return answer
    if (Date.now() >= until) throw new Refusal(`It is deployed, but after ${seconds} s ${problem}. ${advice}`)
    await sleep(Math.min(5000, until - Date.now()))
  }
}

/** @param {string} url @returns {Promise<{ answer?: string, problem?: string }>} */
async function get(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    const answer = await response.text()
    return response.ok ? { answer } : { problem: `${url} is answered with ${response.status} (${firstLine(answer)})` }
  } catch (error) {
    const { cause, message } = /** @type {Error & { cause?: NodeJS.ErrnoException }} */ (error)
    return { problem: `${url} cannot be reached (${cause?.code ?? message})` }
  }
}
