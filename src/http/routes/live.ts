import type { FastifyReply } from 'fastify'
import type { LiveHistories } from '../../histories/live-histories.js'
import type { LiveHistory } from '../../histories/store.js'

/** What the store has of these users, in their order; nothing where there is no store. The reply says if the store did not answer. */
export async function readLive(
  histories: LiveHistories | undefined,
  reply: FastifyReply,
  userIds: readonly string[]
): Promise<readonly LiveHistory[]> {
  if (!histories || userIds.length === 0) return []
  const lives = await histories.read(userIds)
  if (lives.some(({ isStale }) => isStale)) reply.header('x-recommendation-history', 'stale')
  return lives
}
