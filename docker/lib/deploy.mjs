// From a clone to a URL, and down again: `deploy` and `destroy` below are the whole story.
import { ask } from './ask.mjs'
import { connect, PUBLIC } from './aws.mjs'
import { costSentence } from './cost.mjs'
import { makeRepository, publish, repositoryStack } from './image.mjs'
import { admitLightsail, boundAppRunnerLogs, deleteAppRunnerLogs } from './only.mjs'
import { HELP, near, readOrder } from './order.mjs'
import { Refusal } from './shell.mjs'

try {
  const order = readOrder(process.argv.slice(2))
  if (order.help) say(HELP)
  else await (order.destroy ? destroy : deploy)(order, await connect(order))
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  process.stderr.write(`\ndocker/deploy: ${error.message}\n`)
  process.exitCode = 1
}

async function deploy(order, aws) {
  const { stack, target, template, defaults, traits } = order
  say(plan(order, aws, await aws.parameters(stack)))
  const repository = await makeRepository(order, aws)
  const image = await publish(order, aws, repository)
  if (target === 'lightsail' && !order.public) await admitLightsail(order, aws, repository)
  const parameters = { ...order.parameters, ImageUri: image, RepositoryArn: repository.arn, Architecture: order.arch }
  await aws.deployStack(stack, template, Object.fromEntries(Object.entries(parameters).filter(([name]) => name in defaults)))
  if (target === 'app-runner') await boundAppRunnerLogs(order, aws)

  const url = `${(await aws.output(stack, 'Url')).replace(/\/$/, '')}/recommend/42`
  say(`\n$ curl ${url}`)
  if (!aws.dry) say(await ask(url, order.wait, `Look at its log: ${traits.log(stack)} --region ${aws.region}`))
}

async function destroy(order, aws) {
  const { stack } = order
  say(`This deletes the stack ${stack} in account ${aws.account} and region ${aws.region}, its repository and the images in it.`)
  await aws.deleteStack(stack)
  if (order.target === 'app-runner') await deleteAppRunnerLogs(order, aws)
  await aws.deleteStack(repositoryStack(stack, false))
  const inPublic = { in: PUBLIC }
  if (await aws.status(repositoryStack(stack, true), { ...inPublic, dry: order.public && 'CREATE_COMPLETE' })) {
    // CloudFormation deletes a public repository only when it is empty.
    await aws.change(['ecr-public', 'delete-repository', '--repository-name', stack, '--force'], {
      ...inPublic,
      recover: error => (/RepositoryNotFound/.test(error) ? '' : undefined)
    })
    await aws.deleteStack(repositoryStack(stack, true), inPublic)
  }
  if (!aws.dry) say(`\n${stack} is gone.`)
}

/** @param kept the parameters of the stack that is there already */
function plan({ arch, defaults, model, parameters, public: open, stack, target, template, traits }, { account, region }, kept) {
  const given = Object.entries(parameters).map(([name, value]) => ` ${name}=${value}`)
  return [
    `This deploys to ${traits.title}, in account ${account} and region ${region}:`,
    `  1. ${open ? 'a public' : 'a private'} image repository, ${stack}`,
    `  2. an image of ${traits.dockerfile} with ${model} for linux/${arch}, built here and pushed there`,
    `  3. the stack ${stack} of ${near(template)}${given.join('')}`,
    '  4. one request to the service',
    costSentence(target, { ...defaults, ...kept, ...parameters }, arch),
    `Take it down with: docker/deploy --destroy ${target}`,
    ...(traits.note ? [traits.note] : []),
    ...(open ? ['Anybody will be able to pull the image, and with it the model and the histories in it.'] : [])
  ].join('\n')
}

function say(text) {
  process.stdout.write(`${text.trimEnd()}\n`)
}
