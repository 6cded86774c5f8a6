/** Whether an event only keeps a function warm: a schedule, a plugin that does so, or a test with nothing in it. */
export function isWarmer(event: unknown): boolean {
  if (typeof event !== 'object' || event === null || Array.isArray(event) || 'requestContext' in event) return false
  const { source, 'detail-type': detailType } = event as { source?: unknown; 'detail-type'?: unknown }
  return (
    Object.keys(event).length === 0 ||
    detailType === 'Scheduled Event' ||
    // lambda-warmer, serverless-plugin-warmup and their like
    ['warmer', 'warmup', 'keepWarm'].some(name => name in event) ||
    (typeof source === 'string' && /^aws\.scheduler$|warm-?(up|er)/i.test(source))
  )
}
