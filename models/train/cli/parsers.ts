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
