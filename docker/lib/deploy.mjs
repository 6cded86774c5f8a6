// From a clone to a URL, and down again: `deploy` and `destroy` below are the whole story.
import { waitForUrl } from './wait-for-url.mjs'
import { connect, PUBLIC } from './aws.mjs'
import { costSentence } from './cost.mjs'
import { deployRepository, publish, repositoryStack } from './image.mjs'
import { admitLightsail, setAppRunnerLogRetention, deleteAppRunnerLogs } from './quirks.mjs'
import { HELP, relativePath, readArguments } from './arguments.mjs'
import { Refusal } from './shell.mjs'

try {
  const args = readArguments(process.argv.slice(2))
  if (args.help) print(HELP)
  else await (args.destroy ? destroy : deploy)(args, await connect(args))
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  process.stderr.write(`\ndocker/deploy: ${error.message}\n`)
  process.exitCode = 1
}

async function deploy(args, aws) {
  const { stack, target, template, defaults, traits } = args
  print(plan(args, aws, await aws.parameters(stack)))
  const repository = await deployRepository(args, aws)
  const image = await publish(args, aws, repository)
  if (target === 'lightsail' && !args.public) await admitLightsail(args, aws, repository)
  const parameters = { ...args.parameters, ImageUri: image, RepositoryArn: repository.arn, Architecture: args.arch }
  await aws.deployStack(stack, template, Object.fromEntries(Object.entries(parameters).filter(([name]) => name in defaults)))
  if (target === 'app-runner') await setAppRunnerLogRetention(args, aws)

  const url = `${(await aws.output(stack, 'Url')).replace(/\/$/, '')}/recommend/42`
  print(`\n$ curl ${url}`)
  if (!aws.dry) print(await waitForUrl(url, args.wait, `Look at its log: ${traits.log(stack)} --region ${aws.region}`))
}

async function destroy(args, aws) {
  const { stack } = args
  print(`This deletes the stack ${stack} in account ${aws.account} and region ${aws.region}, its repository and the images in it.`)
  await aws.deleteStack(stack)
  if (args.target === 'app-runner') await deleteAppRunnerLogs(args, aws)
  await aws.deleteStack(repositoryStack(stack, false))
  const inPublic = { in: PUBLIC }
  if (await aws.status(repositoryStack(stack, true), { ...inPublic, dry: args.public && 'CREATE_COMPLETE' })) {
    // CloudFormation deletes a public repository only when it is empty.
    await aws.change(['ecr-public', 'delete-repository', '--repository-name', stack, '--force'], {
      ...inPublic,
      recover: error => (/RepositoryNotFound/.test(error) ? '' : undefined)
    })
    await aws.deleteStack(repositoryStack(stack, true), inPublic)
  }
  if (!aws.dry) print(`\n${stack} is gone.`)
}

/** @param kept the parameters of the stack that is there already */
function plan({ arch, defaults, model, parameters, public: open, stack, target, template, traits }, { account, region }, kept) {
  const given = Object.entries(parameters).map(([name, value]) => ` ${name}=${value}`)
  return [
    `This deploys to ${traits.title}, in account ${account} and region ${region}:`,
    `  1. ${open ? 'a public' : 'a private'} image repository, ${stack}`,
    `  2. an image of ${traits.dockerfile} with ${model} for linux/${arch}, built here and pushed there`,
    `  3. the stack ${stack} of ${relativePath(template)}${given.join('')}`,
    '  4. one request to the service',
    costSentence(target, { ...defaults, ...kept, ...parameters }, arch),
    `Take it down with: docker/deploy --destroy ${target}`,
    ...(traits.note ? [traits.note] : []),
    ...(open ? ['Anybody will be able to pull the image, and with it the model and the histories in it.'] : [])
  ].join('\n')
}

function print(text) {
  process.stdout.write(`${text.trimEnd()}\n`)
}
