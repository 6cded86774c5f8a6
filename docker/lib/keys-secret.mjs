// @ts-check
// The secret that holds the API keys. People name it; ECS and App Runner take its full ARN, which ends in six characters that only
// Secrets Manager knows.
import { Refusal } from './shell.mjs'

/** @typedef {import('./aws.mjs').Aws} Aws */

/**
 * Looks the secret up, and reads no key in it.
 *
 * @param {Record<string, string>} values of all parameters
 * @param {Aws} aws
 * @returns {Promise<string>} its full ARN, or '' where no secret is named
 * @throws Refusal where there is none, or soon none
 */
export async function keysSecretArn(values, aws) {
  const { KeysSecret: name } = values
  if (!name) return ''
  const describe = ['secretsmanager', 'describe-secret', '--secret-id', name, '--query', '[ARN, DeletedDate]']
  const found = await aws.read(describe, {
    output: 'json',
    dry: '["SECRET_ARN", null]',
    recover: error => (/ResourceNotFound/.test(error) ? '[]' : undefined)
  })
  const [arn, deletedDate] = JSON.parse(found)
  if (!arn)
    throw new Refusal(
      `There is no secret ${name} in ${aws.region}. Name one that is there, or make it, then run this again:\n  ${createSecret(name, values, aws)}`
    )
  if (deletedDate)
    throw new Refusal(
      `The secret ${name} in ${aws.region} is to be deleted, and cannot be read. Keep it, then run this again:\n  aws secretsmanager restore-secret --region ${aws.region} --secret-id ${name}`
    )
  return arn
}

/**
 * The command that makes such a secret.
 *
 * @param {string} name @param {Record<string, string>} values of all parameters @param {{ region: string }} aws
 */
export function createSecret(name, { Histories }, { region }) {
  const keys = Histories === 'dynamodb' ? '{"API_KEYS":"KEY","WRITE_API_KEYS":"ANOTHER"}' : '{"API_KEYS":"KEY"}'
  return `aws secretsmanager create-secret --region ${region} --name ${name} --secret-string '${keys}'`
}
