import type { App } from './fastify.js'
import { Problem } from './errors.js'

/** The methods of each path, collected as routes are registered after this. */
export function methodsByUrl(app: App): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()])
  })
  return methods
}

/** Answers 405 to every other method of a path that is served, and names those it has. */
export function refuseOtherMethods(app: App, methods: Map<string, string[]>): void {
  for (const [url, served] of [...methods]) {
    const allow = served.join(', ')
    app.route({
      url,
      method: app.supportedMethods.filter(method => !served.includes(method)),
      schema: { hide: true },
      // before the body is read
      onRequest: request => {
        throw new Problem('method_not_allowed', `${request.method} is not served here; this path takes ${allow}.`, { allow })
      },
      handler: () => {}
    })
  }
}
