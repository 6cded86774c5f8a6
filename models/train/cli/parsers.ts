import { InvalidArgumentError } from 'commander'

/** A text as a schema's pattern has it. */
export const matching =
  ({ pattern, description }: { pattern: string; description: string }) =>
  (text: string): string => {
    if (!new RegExp(pattern, 'u').test(text)) throw new InvalidArgumentError(`Expected ${description}.`)
    return text
  }

export const number =
  (least: number, most: number) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`)
    return value
  }

export const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = number(least, most)(text)
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
    return value
  }

/** Numbers with commas between them, so many of them. */
export const list =
  (length: number, least: number, most: number) =>
  (text: string): number[] => {
    const values = text.split(',')
    if (values.length !== length) throw new InvalidArgumentError(`Expected ${length} numbers with commas between them.`)
    return values.map(number(least, most))
  }

/** `name=value` pairs with commas between them, each name one of those known. */
export const pairs =
  (names: readonly string[]) =>
  (text: string): Record<string, string> => {
    const found = text.split(',').map(pair => pair.split('='))
    const isGood = found.every(([name, value, ...more]) => names.includes(name) && value && more.length === 0)
    if (!isGood) throw new InvalidArgumentError(`Expected NAME=COLUMN with commas between them, NAME one of ${names.join(', ')}.`)
    return Object.fromEntries(found) as Record<string, string>
  }
