import { readFileSync } from 'node:fs'

const BOTH = ['amd64', 'arm64']
const tail = group => `aws logs tail ${group} --since 10m`

/** What sets the targets apart for the command; everything else is in their templates. */
export const TARGETS = {
  'app-runner': {
    title: 'App Runner',
    dockerfile: 'Dockerfile',
    architectures: ['amd64'],
    note: 'App Runner takes no new customers since 2026-04-30. If you have no service there, take ecs-express.',
    log: name => `aws logs describe-log-groups --log-group-name-prefix /aws/apprunner/${name}/`
  },
  'ecs-express': { title: 'ECS Express Mode', dockerfile: 'Dockerfile', architectures: BOTH, log: name => tail(`/ecs/${name}`) },
  'ecs-fargate': { title: 'ECS on Fargate', dockerfile: 'Dockerfile', architectures: BOTH, log: name => tail(`/ecs/${name}`) },
  lambda: {
    title: 'Lambda',
    dockerfile: 'Dockerfile.lambda',
    architectures: BOTH,
    privateOnly: true,
    log: name => tail(`/aws/lambda/${name}`)
  },
  lightsail: {
    title: 'Lightsail',
    dockerfile: 'Dockerfile',
    architectures: ['amd64'],
    log: name => `aws lightsail get-container-log --service-name ${name} --container-name server`
  }
}

/** The parameters that the command fills in itself. */
export const FILLED_IN = ['ImageUri', 'RepositoryArn', 'Architecture']

/** The parameters of a template, and what each may be. Reads the layout of our own templates, not YAML at large. */
export function parametersOf(template) {
  const [, section] = readFileSync(template, 'utf8').match(/^Parameters:\n((?: .*\n|\n)*)/m)
  const parameters = section.matchAll(/^ {2}(\w+):\n((?: {4}.*\n)*)/gm)
  return Object.fromEntries([...parameters].map(([, name, body]) => [name, rulesOf(body)]))
}

function rulesOf(body) {
  const lines = [...body.matchAll(/^ {4}(\w+): '?(.*?)'?$/gm)].map(([, key, text]) => [key, text])
  const { AllowedValues, ...rules } = Object.fromEntries(lines)
  return { ...rules, ...(AllowedValues && { AllowedValues: AllowedValues.slice(1, -1).split(', ') }) }
}
