// @ts-check
// CloudFormation checks the same, but only when the image has been built and pushed.
import { Refusal } from './shell.mjs'

/** @typedef {import('./template.mjs').Parameter} Parameter */
/** @typedef {import('./template.mjs').Rule} Rule */
/** @typedef {import('./template.mjs').Expression} Expression */

/**
 * @param {string} name @param {string} value @param {Parameter} parameter
 * @throws Refusal where it may not have this value
 */
export function checkValue(name, value, parameter) {
  const expected = expectation(parameter, value)
  if (expected) throw new Refusal(`${name} has to be ${expected}; it was "${value}".`)
}

/** @param {Parameter} parameter @param {string} value */
function expectation({ Type, AllowedValues, AllowedPattern, ConstraintDescription, MinValue, MaxValue }, value) {
  if (AllowedValues) return AllowedValues.includes(value) ? undefined : `one of ${AllowedValues.join(', ')}`
  if (AllowedPattern) return new RegExp(`^(?:${AllowedPattern})$`).test(value) ? undefined : ConstraintDescription
  // Each number in the templates counts something.
  if (Type !== 'Number' || (/^\d+$/.test(value) && Number(value) >= Number(MinValue) && Number(value) <= Number(MaxValue))) return undefined
  return `a whole number from ${MinValue} to ${MaxValue}`
}

/**
 * @param {Record<string, string>} values of all parameters
 * @param {Record<string, Rule>} rules of the template
 * @throws Refusal where they contradict each other
 */
export function checkTogether(values, rules) {
  checkBounds(values)
  for (const { condition, assertions } of Object.values(rules)) {
    if (condition && !evaluate(condition, values)) continue
    for (const { assert, description } of assertions) if (!evaluate(assert, values)) throw new Refusal(`${description}.`)
  }
}

/** CloudFormation's rules cannot compare numbers. @param {Record<string, string>} values */
function checkBounds(values) {
  for (const [least, value] of Object.entries(values)) {
    const most = least.replace(/^Min/, 'Max')
    if (Number(value) > Number(values[most])) throw new Refusal(`${least} cannot be more than ${most}; it was ${value} of ${values[most]}.`)
  }
}

/** @param {Expression} expression @param {Record<string, string>} values @returns {string | boolean} */
function evaluate(expression, values) {
  if (typeof expression === 'string') return expression
  const [name, ...args] = expression
  const [first, ...rest] = args.map(arg => evaluate(/** @type {Expression} */ (arg), values))
  switch (name) {
    case 'Ref':
      return values[String(first)]
    case 'Equals':
      return first === rest[0]
    case 'Not':
      return !first
    case 'And':
      return [first, ...rest].every(Boolean)
    case 'Or':
      return [first, ...rest].some(Boolean)
    default:
      throw new Error(`A rule uses !${name}, which docker/deploy does not know.`)
  }
}
