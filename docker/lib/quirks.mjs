// @ts-check
// What only certain targets need.
import { setTimeout as sleep } from 'node:timers/promises'
import { templateFile } from './paths.mjs'
import { Refusal } from './shell.mjs'

/** @typedef {import('./arguments.mjs').Arguments} Arguments */
/** @typedef {import('./aws.mjs').Aws} Aws */

/**
 * Lightsail pulls a private image in a role that it makes with the service. The repository has to name that role.
 *
 * @param {Arguments} args @param {Aws} aws @param {import('./image.mjs').Repository} repository
 */
export async function admitLightsail({ stack, template, parameters }, aws, repository) {
  if (!(await aws.status(stack))) await aws.deployStack(stack, template, { ...parameters, ImageUri: '' })
  const reader = await pullerRole(stack, aws)
  if (reader === (await aws.parameters(repository.name)).Reader) return
  await aws.deployStack(repository.name, templateFile('repository'), { ...repository.parameters, Reader: reader })
  // A new policy takes a moment to be known everywhere.
  if (!aws.dry) await sleep(30_000)
}

/** @param {string} stack @param {Aws} aws */
async function pullerRole(stack, aws) {
  const query = 'containerServices[0].privateRegistryAccess.ecrImagePullerRole.principalArn'
  for (let tries = 0; tries < 30; tries++) {
    if (tries > 0) await sleep(10_000)
    const role = await aws.read(['lightsail', 'get-container-services', '--service-name', stack, '--query', query], { dry: 'PULLER_ROLE' })
    if (role && role !== 'None') return role
  }
  throw new Refusal(`Lightsail has made no role for ${stack} to pull with in 5 minutes. Run this again.`)
}

/**
 * App Runner makes its log groups itself and keeps them for ever.
 *
 * @param {Arguments} args @param {Aws} aws
 */
export async function setAppRunnerLogRetention({ stack }, aws) {
  const id = await aws.output(stack, 'ServiceId')
  for (const kind of ['application', 'service']) {
    const group = `/aws/apprunner/${stack}/${id}/${kind}`
    await aws.change(['logs', 'put-retention-policy', '--log-group-name', group, '--retention-in-days', '30'])
  }
}

/** @param {Arguments} args @param {Aws} aws */
export async function deleteAppRunnerLogs({ stack }, aws) {
  const prefix = ['--log-group-name-prefix', `/aws/apprunner/${stack}/`]
  const groups = await aws.read(['logs', 'describe-log-groups', ...prefix, '--query', 'logGroups[].logGroupName'])
  for (const group of groups.split(/\s+/)) if (group) await aws.change(['logs', 'delete-log-group', '--log-group-name', group])
}
