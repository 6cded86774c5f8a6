let current

/** From now on, what test files import as `t` is this test. */
export function setTest(test) {
  current = test
}

/** As `t.test` of tap, whose `bail` ends the process: once one has failed, the others do nothing. */
function test(...args) {
  const root = current
  const run = args.pop()
  return root.test(...args, async t => {
    if (root.passing()) await run(t)
  })
}

export default new Proxy(
  {},
  {
    get(_, name) {
      if (name === 'test') return test
      const value = current[name]
      return typeof value === 'function' ? value.bind(current) : value
    }
  }
)
