// @ts-check
// Reads the layout of the project's own templates, not YAML at large: the command has no package to read YAML with.
import { readFileSync } from 'node:fs'

/**
 * What a parameter may be.
 *
 * @typedef {object} Parameter
 * @property {string} Type
 * @property {string} [Default]
 * @property {string[]} [AllowedValues]
 * @property {string} [AllowedPattern]
 * @property {string} [ConstraintDescription]
 * @property {string} [MinValue]
 * @property {string} [MaxValue]
 */

/** @typedef {string | [string, ...unknown[]]} Expression a text, or a function and its arguments: `['Equals', ['Ref', 'Vpc'], '']` */
/** @typedef {{ condition?: Expression, assertions: { assert: Expression, description: string }[] }} Rule */

/** @param {string} file @returns {Record<string, Parameter>} */
export function readParameters(file) {
  return Object.fromEntries(entries(file, 'Parameters').map(([name, body]) => [name, parameter(body)]))
}

/** @param {string} body @returns {Parameter} */
function parameter(body) {
  const lines = [...body.matchAll(/^ {4}(\w+): '?(.*?)'?$/gm)].map(([, key, text]) => [key, text])
  const { AllowedValues, ...rest } = Object.fromEntries(lines)
  return { ...rest, ...(AllowedValues && { AllowedValues: AllowedValues.slice(1, -1).split(', ') }) }
}

/**
 * What parameters have to be together.
 *
 * @param {string} file @returns {Record<string, Rule>}
 */
export function readRules(file) {
  return Object.fromEntries(entries(file, 'Rules').map(([name, body]) => [name, rule(body)]))
}

/** @param {string} body @returns {Rule} */
function rule(body) {
  const [, condition] = body.match(/^ {4}RuleCondition: (.*)$/m) ?? []
  const assertions = [...body.matchAll(/^ {6}- Assert: (.*)\n {8}AssertDescription: (.*)$/gm)]
  return {
    ...(condition && { condition: expression(condition) }),
    assertions: assertions.map(([, assert, description]) => ({ assert: expression(assert), description }))
  }
}

/**
 * `!Not [!Equals [!Ref Vpc, '']]` is `['Not', ['Equals', ['Ref', 'Vpc'], '']]`: as JSON, that differs in its words only.
 *
 * @param {string} yaml @returns {Expression}
 */
function expression(yaml) {
  const json = yaml.replace(/!Ref (\w+)|!(\w+) \[|'([^']*)'|([\w.-]+)/g, (_match, parameter, name, quoted, word) =>
    name ? `["${name}", ` : JSON.stringify(parameter ? ['Ref', parameter] : (quoted ?? word))
  )
  return JSON.parse(json)
}

/** @param {string} file @param {string} section @returns {[string, string][]} the names in it, two spaces in, each with the lines below */
function entries(file, section) {
  const [, text = ''] = readFileSync(file, 'utf8').match(new RegExp(`^${section}:\\n((?: .*\\n|\\n)*)`, 'm')) ?? []
  return [...text.matchAll(/^ {2}(\w+):\n((?: {4}.*\n)*)/gm)].map(([, name, body]) => [name, body])
}
