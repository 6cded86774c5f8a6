// @ts-check
// From a clone to a URL, and down again: `deploy` and `destroy` below are the whole story. Plain JavaScript, since it runs from a
// clone with Node alone, before anything is installed or compiled.
import { HELP, readArguments } from './arguments.mjs'
import { connect, PUBLIC_REGION } from './aws.mjs'
import { confirm } from './confirm.mjs'
import { costSentence } from './cost.mjs'
import { deleteTable, historiesAtTheEnd, tableToGoOnWith, unusedTable } from './histories.mjs'
import { deployRepository, publish, repositoryStack } from './image.mjs'
import { createSecret, keysSecretArn } from './keys-secret.mjs'
import { checkModelFolder } from './model-folder.mjs'
import { checkTogether } from './parameters.mjs'
import { relativePath } from './paths.mjs'
import { admitLightsail, deleteAppRunnerLogs, setAppRunnerLogRetention } from './quirks.mjs'
import { Refusal } from './shell.mjs'
import { readRules } from './template.mjs'
import { waitForUrl } from './wait-for-url.mjs'

/** @typedef {import('./arguments.mjs').Arguments} Arguments */
/** @typedef {import('./aws.mjs').Aws} Aws */

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPIPE') throw error
    // Nobody reads on, as behind `| head`: end quietly, with the code of a command that SIGPIPE ends.
    process.exit(141)
  })
}

try {
  const args = readArguments(process.argv.slice(2))
  if (!args) print(HELP)
  else await (args.destroy ? destroy : deploy)(args)
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  process.stderr.write(`\ndocker/deploy: ${error.message}\n`)
  process.exitCode = 1
}

/** @param {Arguments} given */
async function deploy(given) {
  const args = { ...given, model: await checkModelFolder(given.model) }
  const { defaults, stack, target, template, traits } = args
  const aws = await connect(args)
  const before = await aws.parameters(stack)
  const wanted = { ...defaults, ...before, ...args.parameters }
  const secretArn = await keysSecretArn(wanted, aws)
  const values = { ...wanted, ...filledIn(args, 'IMAGE', 'REPOSITORY', secretArn) }
  checkTogether(values, readRules(template))
  const table = await tableToGoOnWith(args, aws, before, values)
  print(plan(args, aws, { before, values, table }))
  if (!args.dry && !args.yes) await confirm()

  const repository = await deployRepository(args, aws)
  const image = await publish(args, aws, repository)
  if (target === 'lightsail' && !args.public) await admitLightsail(args, aws, repository)
  await aws.deployStack(stack, template, {
    ...args.parameters,
    ...(table !== undefined && { HistoryTable: table }),
    ...filledIn(args, image, repository.arn, secretArn)
  })
  if (target === 'app-runner') await setAppRunnerLogRetention(args, aws)

  // The keys are not known here, and health needs none.
  const path = values.KeysSecret ? '/readyz' : '/recommend/42'
  const url = `${(await aws.output(stack, 'Url')).replace(/\/$/, '')}${path}`
  print(`\n$ curl ${url}`)
  if (!aws.dry) print(await waitForUrl(url, args.wait, `Look at its log: ${traits.log(stack)} --region ${aws.region}`))
}

/** @param {Arguments} args */
async function destroy(args) {
  const { stack } = args
  const aws = await connect(args)
  const { sentences, tableToDelete } = await historiesAtTheEnd(args, aws)
  const what = `This deletes the stack ${stack} in account ${aws.account} and region ${aws.region}, its repository and the images in it.`
  print([what, ...sentences].join('\n'))
  if (!args.dry && !args.yes) {
    await confirm()
    if (tableToDelete) await confirm('Delete what people have rated?')
  }

  await aws.deleteStack(stack)
  if (args.target === 'app-runner') await deleteAppRunnerLogs(args, aws)
  await aws.deleteStack(repositoryStack(stack, false))
  await deletePublicRepository(args, aws)
  if (tableToDelete) await deleteTable(tableToDelete, aws)
  if (!aws.dry) print(`\n${stack} is gone.`)
}

/** @param {Arguments} args @param {Aws} aws */
async function deletePublicRepository({ stack, public: isPublic }, aws) {
  const inPublic = { in: PUBLIC_REGION }
  const name = repositoryStack(stack, true)
  if (!(await aws.status(name, { ...inPublic, dry: isPublic ? 'CREATE_COMPLETE' : '' }))) return
  // CloudFormation deletes a public repository only when it is empty.
  await aws.change(['ecr-public', 'delete-repository', '--repository-name', stack, '--force'], {
    ...inPublic,
    recover: error => (/RepositoryNotFound/.test(error) ? '' : undefined)
  })
  await aws.deleteStack(name, inPublic)
}

/**
 * The parameters that the template has of those which the command fills in itself.
 *
 * @param {Arguments} args @param {string} image @param {string} repositoryArn @param {string} secretArn
 */
function filledIn({ arch, defaults, public: isPublic }, image, repositoryArn, secretArn) {
  const values = { ImageUri: image, RepositoryArn: isPublic ? '' : repositoryArn, Architecture: arch, KeysSecretArn: secretArn }
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in defaults))
}

/**
 * @param {Arguments} args @param {Aws} aws
 * @param {{ before: Record<string, string>, values: Record<string, string>, table: string | undefined }} stands parameters of the stack
 * that is there, those that it is to have, and the table that it goes on with
 */
function plan({ arch, model, parameters, public: isPublic, stack, target, template, traits }, { account, region }, stands) {
  const { before, values, table } = stands
  const given = Object.entries(parameters).map(([name, value]) => ` ${name}=${value}`)
  return [
    `This deploys to ${traits.title}, in account ${account} and region ${region}:`,
    `  1. ${isPublic ? 'a public' : 'a private'} image repository, ${stack}`,
    `  2. an image of ${traits.dockerfile} with ${model} for linux/${arch}, built here and pushed there`,
    `  3. the stack ${stack} of ${relativePath(template)}${given.join('')}`,
    '  4. one request to the service',
    costSentence(target, values, arch),
    ...(values.KeysSecret ? [] : [openSentence(values, { region })]),
    ...(table ? [`It goes on with the table ${table}, and with what people have rated there.`] : []),
    ...(before.Histories === 'dynamodb' && values.Histories === 'none' ? [unusedTable(stack, before)] : []),
    `Take it down with: docker/deploy --destroy ${target}`,
    ...(traits.note ? [traits.note] : []),
    ...(isPublic ? ['Anybody will be able to pull the image, and with it the model and the histories in it.'] : [])
  ].join('\n')
}

/** @param {Record<string, string>} values of all parameters @param {{ region: string }} aws */
function openSentence(values, aws) {
  const write = values.Histories === 'dynamodb' ? ', and write and erase ratings' : ''
  return [
    `Whoever reaches it may call it${write}, for no key is asked for. To ask for one:`,
    `  ${createSecret('NAME', values, aws)}, then KeysSecret=NAME here.`
  ].join('\n')
}

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text.trimEnd()}\n`)
}
