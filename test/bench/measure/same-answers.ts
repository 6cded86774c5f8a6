import { get, type Service } from '../subjects/process.js'

/**
 * Compares what two services recommend to these users. A side that is not started is not compared.
 *
 * @throws Error when they answer one of them differently: what they cost could not be compared
 */
export async function compareAnswers(
  { port }: Pick<Service, 'port'>,
  other: Pick<Service, 'port'> | undefined,
  userIds: readonly string[]
): Promise<void> {
  if (!other) return
  for (const userId of userIds) {
    const path = `/recommend/${encodeURIComponent(userId)}`
    const [ours, theirs] = await Promise.all([get(port, path), get(other.port, path)])
    if (ours.status !== 200 || ours.body !== theirs.body)
      throw new Error(
        `${path}: expected the same list of both, found ${ours.body} on port ${port} and ${theirs.body} on port ${other.port}`
      )
  }
}
