/** Gives test files a `t` that another run can replace; tap's own is one for the whole process. */
export function resolve(specifier, context, next) {
  const isAsked = specifier === 'tap' && /\.test\.js\?/.test(context.parentURL)
  return isAsked ? { url: new URL('current-test.mjs', import.meta.url).href, shortCircuit: true } : next(specifier, context)
}
