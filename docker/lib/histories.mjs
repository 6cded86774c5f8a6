// @ts-check
// The table of live histories: a stack makes it and leaves it behind, for it holds what people have rated.
import { Refusal } from './shell.mjs'

/** @typedef {import('./arguments.mjs').Arguments} Arguments */
/** @typedef {import('./aws.mjs').Aws} Aws */

/** What the templates call the table that they make. @param {string} stack */
const ownTable = stack => `${stack}-histories`

/**
 * The table that a stack goes on with: none where it makes its own, or has it. Empty where it has to be told to make one.
 *
 * @param {Arguments} args @param {Aws} aws
 * @param {Record<string, string>} before parameters of the stack that is there
 * @param {Record<string, string>} values parameters that it is to have
 * @returns {Promise<string | undefined>}
 * @throws Refusal where there is no such table
 */
export async function tableToGoOnWith({ stack }, aws, before, { Histories, HistoryTable }) {
  if (Histories !== 'dynamodb') return undefined
  const own = ownTable(stack)
  const table = HistoryTable || own
  const isOwned = before.Histories === 'dynamodb' && !before.HistoryTable
  if (table === own && isOwned) return undefined
  if (aws.dry) return HistoryTable || undefined
  if (await exists(table, aws)) return table
  // A name from a deployment before would keep the stack from making it anew.
  if (table === own) return ''
  throw new Refusal(`There is no table ${table} in ${aws.region}. Name one that is there, or set HistoryTable= to have one made.`)
}

/**
 * What destroying the stack means for what people have rated, in words, and the table to delete, if any.
 *
 * @param {Arguments} args @param {Aws} aws
 * @returns {Promise<{ sentences: string[], tableToDelete?: string }>}
 */
export async function historiesAtTheEnd({ stack, deleteHistories, traits }, aws) {
  if (traits.lacks?.Histories) return { sentences: [] }
  const { Histories, HistoryTable } = await aws.parameters(stack)
  const table = HistoryTable || ownTable(stack)
  const isOwn = table === ownTable(stack)
  if (deleteHistories && !isOwn)
    throw new Refusal(`${stack} uses the table ${table}, which it did not make. Leave out --delete-histories; the table stays.`)
  const isThere = (deleteHistories || Histories === 'dynamodb') && (aws.dry || (await exists(table, aws)))
  if (!isThere) return { sentences: [] }
  const stays = `What people have rated stays, in the table ${table}, and costs what it did.`
  if (!isOwn) return { sentences: [stays] }
  if (!deleteHistories) return { sentences: [`${stays} Deploy again to go on with it. To delete it, too, add --delete-histories.`] }
  return {
    sentences: [
      `It also deletes the table ${table}: what people have rated is gone then, for every service that uses this table.`,
      'AWS keeps a last backup of it for 35 days.'
    ],
    tableToDelete: table
  }
}

/** @param {string} stack @param {Record<string, string>} before parameters of the stack that is there */
export const unusedTable = (stack, { HistoryTable }) =>
  `What people have rated stays, unused, in the table ${HistoryTable || ownTable(stack)}. It costs what it did until you delete it.`

/** @param {string} table @param {Aws} aws */
export async function deleteTable(table, aws) {
  await aws.change(['dynamodb', 'delete-table', '--table-name', table, '--query', 'TableDescription.TableStatus'])
  await aws.change(['dynamodb', 'wait', 'table-not-exists', '--table-name', table])
}

/** @param {string} table @param {Aws} aws */
async function exists(table, aws) {
  const status = await aws.read(['dynamodb', 'describe-table', '--table-name', table, '--query', 'Table.TableStatus'], {
    recover: error => (/ResourceNotFound/.test(error) ? '' : undefined)
  })
  return status !== ''
}
