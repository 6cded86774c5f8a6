import type { FastifyRequest } from 'fastify'

/** The `config` of a route that load balancers and browsers must always reach: no key, no rate limit, no refusal under pressure. */
export const EXEMPT = { exempt: true, pressureHandler: () => {} } as const

export const isExempt = ({ routeOptions: { config } }: FastifyRequest): boolean => (config as Partial<typeof EXEMPT>).exempt === true
