// @ts-check
const BOTH = ['amd64', 'arm64']
/** @param {string} group */
const tail = group => `aws logs tail ${group} --since 10m`

/**
 * What sets the targets apart for the command. Everything else is in their templates.
 *
 * @typedef {object} Traits
 * @property {string} title
 * @property {string} dockerfile
 * @property {string[]} architectures
 * @property {boolean} [privateOnly] pulls from private repositories only
 * @property {string} [note] shown with the plan
 * @property {Record<string, string>} [lacks] parameters that other targets have, and why this one cannot
 * @property {(stack: string) => string} log the command that shows it
 */

/** @type {Record<string, Traits>} */
export const TARGETS = {
  'app-runner': {
    title: 'App Runner',
    dockerfile: 'Dockerfile',
    architectures: ['amd64'],
    note: 'App Runner takes no new customers since 2026-04-30. If you have no service there, take ecs-express.',
    log: stack => `aws logs describe-log-groups --log-group-name-prefix /aws/apprunner/${stack}/`
  },
  'ecs-express': { title: 'ECS Express Mode', dockerfile: 'Dockerfile', architectures: BOTH, log: stack => tail(`/ecs/${stack}`) },
  'ecs-fargate': { title: 'ECS on Fargate', dockerfile: 'Dockerfile', architectures: BOTH, log: stack => tail(`/ecs/${stack}`) },
  lambda: {
    title: 'Lambda',
    dockerfile: 'Dockerfile.lambda',
    architectures: BOTH,
    privateOnly: true,
    log: stack => tail(`/aws/lambda/${stack}`)
  },
  lightsail: {
    title: 'Lightsail',
    dockerfile: 'Dockerfile',
    architectures: ['amd64'],
    lacks: { Histories: 'Lightsail gives a container no role, and so no right to a table. Take ecs-express, ecs-fargate or lambda.' },
    log: stack => `aws lightsail get-container-log --service-name ${stack} --container-name server`
  }
}

/** The parameters that the command fills in itself. */
export const FILLED_IN = ['ImageUri', 'RepositoryArn', 'Architecture', 'KeysSecretArn']
