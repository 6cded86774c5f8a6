// docker/deploy for real: the AWS CLI, a stand-in of AWS's API, images that are built, pushed, pulled by digest and asked.
// `test/targets/check` brings the tools and starts this.
import { createHash } from 'node:crypto'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { deploy as askingDeploy, deployOnTerminal, run, type Said } from '../fixtures/deploy.js'
import { freePort } from '../fixtures/free-port.js'
import { ACCOUNT, awsCli, ECR, start, startAws } from '../fixtures/stand-in.js'

const { TARGETS_TOOLS: tools, TARGETS_REGISTRY: registryProgram } = process.env
const skip = tools ? false : 'test/targets/check has the tools for it'
const skipImages = registryProgram ? skip : 'no image engine and registry at hand'

const dir = t.testdir()
const LOGIN = `AWS:${ACCOUNT}-auth-token` // what the stand-in of ECR gives out
const PUBLIC = 'public.ecr.aws/alias'

// --- the machine: AWS, a registry, podman in docker's place

const aws = tools ? await startAws(tools, { HOME: dir }) : ''
const noKeysKnown = tools ? await startAws(tools, { HOME: dir, INITIAL_NO_AUTH_ACTION_COUNT: '0' }) : ''
const registry = registryProgram && tools ? await startRegistry(registryProgram) : ''
const deadPort = await freePort()

/** Somebody with an AWS CLI, credentials and Docker, whose AWS is the stand-in. */
const user = {
  PATH: `${join('test', 'targets', 'podman')}:${tools}:${process.env.PATH}`,
  HOME: dir,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: aws,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
  REGISTRY: registry,
  REGISTRY_AUTH_FILE: join(dir, 'auth.json'),
  ASKED: join(dir, 'asked'),
  CONTAINERS_REGISTRIES_CONF: join(dir, 'registries.conf'),
  CONTAINER_BUILD_FLAGS: process.env.CONTAINER_BUILD_FLAGS ?? '',
  ...(process.env.CONTAINERS_CONF && { CONTAINERS_CONF: process.env.CONTAINERS_CONF }),
  ...frontDoor(`http://127.0.0.1:${deadPort}`)
}
const without = (...names: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(user).filter(([name]) => !names.includes(name))) as Record<string, string>

/** Leads the names that AWS would give the service to where it runs here: what DNS and the load balancer do there. */
function frontDoor(origin: string): Record<string, string> {
  const lead = `const real = fetch; globalThis.fetch = (url, options) => real(String(url).replace(/^https?:\\/\\/[^/]+/, '${origin}'), options)`
  return { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(lead)}"` }
}

const deploy = async (args: string[], env: Record<string, string>): Promise<Said> => askingDeploy([...args, '--yes'], env)

const { cli, createStack } = awsCli(user)
const fact = async (stack: string, query: string): Promise<string> =>
  cli('cloudformation', 'describe-stacks', '--stack-name', stack, '--query', `Stacks[0].${query}`, '--output', 'text')

const stacksLeft = async (...place: string[]): Promise<string> => {
  const query = "StackSummaries[?contains(StackName, 'movie-recommender')].StackName"
  const list = ['list-stacks', '--stack-status-filter', 'CREATE_COMPLETE', 'UPDATE_COMPLETE', '--query', query, '--output', 'text']
  return cli('cloudformation', ...list, ...place)
}

t.test('whoever misses something is told what, and what to do', { skip }, async t => {
  const refuses = async (args: string[], env: Record<string, string>, sentence: RegExp): Promise<void> => {
    const { code, err } = await deploy(args, env)
    t.match(err.trim(), sentence)
    t.equal(code, 1)
  }
  const only = async (...programs: string[]): Promise<string> => {
    const path = join(dir, ['only', ...programs.map(program => basename(program))].join('-'))
    await mkdir(path)
    for (const program of programs) await symlink(program, join(path, basename(program)))
    return path
  }
  const bare = await only()
  const node = await only(process.execPath)
  const nodeAndAws = await only(process.execPath, join(tools ?? '', 'aws'))

  await refuses(['lambda'], { PATH: bare }, /^docker\/deploy: Not found: Node\.js/)
  await refuses(
    ['lambda'],
    { ...user, PATH: node },
    /^docker\/deploy: Not found: the AWS CLI \(.*\) and Docker \(.*\)\. Install what is missing, then/
  )
  await refuses(['lambda'], { ...user, PATH: nodeAndAws }, /^docker\/deploy: Not found: Docker \(.*\)\. Install/)
  await refuses(['lambda'], without('AWS_DEFAULT_REGION'), /: No region is set\. Add --region us-east-1/)
  await refuses(['lambda'], { ...user, AWS_REGION: 'Frankfurt' }, /: "Frankfurt" is not a region\. --region takes one such as us-east-1/)
  await refuses(['lambda'], without('AWS_ACCESS_KEY_ID'), /: AWS does not know who you are \(.*credentials.*\)\. Set up aws configure/)
  await refuses(
    ['lambda'],
    without('AWS_SECRET_ACCESS_KEY'),
    /: AWS does not know who you are \(Partial credentials .*\)\. Set up aws configure/
  )
  await refuses(['lambda'], { ...user, AWS_ENDPOINT_URL: noKeysKnown }, /: AWS does not take your credentials in us-east-1\. Look whether/)
  await refuses(
    ['lambda'],
    { ...user, AWS_ENDPOINT_URL: `http://127.0.0.1:${deadPort}` },
    /: AWS cannot be reached in us-east-1\. Look whether/
  )
  if (!skipImages) {
    const engineless = { ...user, PODMAN: `podman --remote --url unix://${dir}/none.sock` }
    await refuses(['lambda'], engineless, /: Docker is installed, but its engine does not answer \(.+\)\. Start it/)
    await refuses(['lambda'], { ...user, REGISTRY: `127.0.0.1:${deadPort}` }, /: The registry did not let Docker in \(.+\)\. Look at/)
  }
})

const topic = `AlarmTopicArn=arn:aws:sns:us-east-1:${ACCOUNT}:on-call`

t.test('every choice that a template offers becomes a stack', { skip }, async t => {
  const Vpc = await cli('ec2', 'describe-vpcs', '--query', 'Vpcs[0].VpcId', '--output', 'text')
  const subnets = await cli(
    'ec2',
    'describe-subnets',
    '--filters',
    `Name=vpc-id,Values=${Vpc}`,
    '--query',
    'Subnets[].SubnetId',
    '--output',
    'text'
  )
  const certificate = await cli('acm', 'request-certificate', '--domain-name', 'a.example', '--query', 'CertificateArn', '--output', 'text')
  const named = [`CertificateArn=${certificate}`, 'DomainName=a.example']
  const alb = ['FrontDoor=alb', `Vpc=${Vpc}`, `Subnets=${subnets.split(/\s+/).join(',')}`]
  const pulls = [`RepositoryArn=arn:aws:ecr:us-east-1:${ACCOUNT}:repository/x`]
  const choices: Record<string, [string, string[], RegExp]> = {
    'http-api': ['lambda', ['FrontDoor=http-api'], /^https:\/\/\w+\.execute-api\./],
    'rest-api': ['lambda', ['FrontDoor=rest-api', 'Histories=dynamodb'], /^https:\/\/\w+\.execute-api\..*\/live$/],
    'function-url': ['lambda', ['FrontDoor=function-url', 'ReservedConcurrency=5', 'Architecture=arm64'], /^https:\/\/\w+\.lambda-url\./],
    alb: ['lambda', alb, /^http:\/\/.*\.elb\./],
    'alb-https': ['lambda', [...alb, ...named], /^https:\/\/a\.example$/],
    nat: ['ecs-fargate', ['Network=nat', 'Histories=dynamodb', ...pulls], /^http:\/\/.*\.elb\./],
    endpoints: ['ecs-fargate', ['Network=endpoints', ...pulls], /^http:\/\/.*\.elb\./],
    https: ['ecs-fargate', ['Architecture=arm64', ...named], /^https:\/\/a\.example$/],
    express: ['ecs-express', ['Histories=dynamodb', `Subnets=${subnets.split(/\s+/).join(',')}`], /^https:\/\/.*\.on\.aws$/],
    'public-image': ['app-runner', ['Histories=dynamodb'], /^https:\/\/.*\.awsapprunner\.com$/]
  }
  for (const [stack, [target, parameters, url]] of Object.entries(choices)) {
    await createStack(stack, target, [topic, ...parameters])
    t.equal(await fact(stack, 'StackStatus'), 'CREATE_COMPLETE', stack)
    t.match(await fact(stack, "Outputs[?OutputKey=='Url'].OutputValue"), url, stack)
  }

  const policy = JSON.parse(JSON.parse(await cli('lambda', 'get-policy', '--function-name', 'function-url')).Policy)
  const actions = policy.Statement.map(({ Action }: { Action: string }) => Action)
  t.same(actions.sort(), ['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'], 'a Function URL needs both permissions')
  t.match(await cli('apigatewayv2', 'get-apis', '--query', "Items[?Name=='http-api'].ProtocolType", '--output', 'text'), 'HTTP')

  await t.test('and each of these stacks has alarms on metrics that its target has', async t => {
    const alarms: Alarm[] = JSON.parse(await cli('cloudwatch', 'describe-alarms', '--query', 'MetricAlarms[?length(OKActions)>`0`]'))
    const watched = alarms.flatMap(({ Metrics = [], ...alarm }) => [alarm, ...Metrics.map(({ MetricStat }) => MetricStat?.Metric ?? {})])
    const listed = watched.flatMap(({ Namespace, MetricName, Dimensions }) =>
      MetricName ? [`${Namespace} ${MetricName} by ${Dimensions?.map(({ Name }) => Name).join(', ')}`] : []
    )
    t.strictSame([...new Set(listed)].sort(), [
      'AWS/ApiGateway 5XXError by ApiName',
      'AWS/ApiGateway 5xx by ApiId',
      'AWS/ApiGateway Count by ApiId',
      'AWS/ApiGateway Count by ApiName',
      'AWS/AppRunner 5xxStatusResponses by ServiceName, ServiceID',
      'AWS/AppRunner RequestLatency by ServiceName, ServiceID',
      'AWS/AppRunner Requests by ServiceName, ServiceID',
      'AWS/ApplicationELB HTTPCode_ELB_5XX_Count by LoadBalancer',
      'AWS/ApplicationELB HTTPCode_Target_5XX_Count by LoadBalancer',
      'AWS/ApplicationELB HTTPCode_Target_5XX_Count by LoadBalancer, TargetGroup',
      'AWS/ApplicationELB HealthyHostCount by LoadBalancer, TargetGroup',
      'AWS/ApplicationELB RequestCount by LoadBalancer',
      'AWS/ApplicationELB RequestCount by LoadBalancer, TargetGroup',
      'AWS/ApplicationELB TargetResponseTime by LoadBalancer',
      'AWS/ApplicationELB TargetResponseTime by LoadBalancer, TargetGroup',
      'AWS/ApplicationELB UnHealthyHostCount by LoadBalancer, TargetGroup',
      'AWS/Lambda Duration by FunctionName',
      'AWS/Lambda Errors by FunctionName',
      'AWS/Lambda Throttles by FunctionName',
      'AWS/Lambda Url5xxCount by FunctionName',
      'AWS/Lambda UrlRequestCount by FunctionName'
    ])
    const forms: Record<string, RegExp> = { LoadBalancer: /^app\/[\w-]+\/\w+$/, TargetGroup: /^targetgroup\/[\w-]+\/\w+$/ }
    for (const { Dimensions = [] } of watched)
      for (const { Name, Value } of Dimensions) t.match(Value, forms[Name] ?? /^[\w-]+$/, `${Name} as CloudWatch spells it`)
  })
})

interface Watched {
  Namespace?: string
  MetricName?: string
  Dimensions?: { Name: string; Value: string }[]
}
interface Alarm extends Watched {
  Metrics?: { MetricStat?: { Metric: Watched } }[]
}

t.test('tasks and instances get keys by the full ARN of their secret, and no task definition shows a key', { skip }, async t => {
  const keys = { API_KEYS: 'read'.padEnd(16, '-'), WRITE_API_KEYS: 'write'.padEnd(16, '-') }
  const create = ['create-secret', '--name', 'keys', '--secret-string', JSON.stringify(keys), '--query', 'ARN', '--output', 'text']
  const arn = await cli('secretsmanager', ...create)
  const closed = ['Histories=dynamodb', 'KeysSecret=keys', `KeysSecretArn=${arn}`]
  await createStack('closed-runner', 'app-runner', closed)
  await createStack('closed-express', 'ecs-express', closed)
  await createStack('closed-fargate', 'ecs-fargate', [
    'Network=endpoints',
    `RepositoryArn=arn:aws:ecr:us-east-1:${ACCOUNT}:repository/x`,
    ...closed
  ])
  for (const stack of ['closed-runner', 'closed-express', 'closed-fargate']) t.equal(await fact(stack, 'StackStatus'), 'CREATE_COMPLETE')

  for (const family of ['closed-express', 'closed-fargate']) {
    const task = await cli('ecs', 'describe-task-definition', '--task-definition', family)
    const secrets = Object.keys(keys).map(name => ({ name, valueFrom: `${arn}:${name}::` }))
    t.strictSame(JSON.parse(task).taskDefinition.containerDefinitions[0].secrets, secrets, family)
    for (const key of Object.values(keys)) t.notMatch(task, key, family)
  }
  const endpoints = await cli('ec2', 'describe-vpc-endpoints', '--query', 'VpcEndpoints[].ServiceName', '--output', 'text')
  t.match(endpoints, 'com.amazonaws.us-east-1.secretsmanager')
})

t.test('a secret that is not there, or will not be, is refused before anything is made', { skip: skipImages }, async t => {
  const before = await stacksLeft()
  const none = await deploy(['ecs-express', 'KeysSecret=films'], user)
  t.match(
    none.err,
    `: There is no secret films in us-east-1. Name one that is there, or make it, then run this again:
  aws secretsmanager create-secret --region us-east-1 --name films --secret-string '{"API_KEYS":"KEY"}'\n`
  )
  await cli('secretsmanager', 'create-secret', '--name', 'films', '--secret-string', '{"API_KEYS":"----------------"}')
  await cli('secretsmanager', 'delete-secret', '--secret-id', 'films')
  for (const target of ['lambda', 'ecs-express']) {
    const { code, err } = await deploy([target, 'KeysSecret=films'], user)
    t.match(
      err,
      ': The secret films in us-east-1 is to be deleted, and cannot be read. Keep it, then run this again:\n  aws secretsmanager restore-secret '
    )
    t.equal(code, 1)
  }
  t.equal(await stacksLeft(), before)
})

t.test('nothing is destroyed before somebody has said yes', { skip }, async t => {
  const stack = 'movie-recommender-lambda'
  const destroy = ['--destroy', 'lambda']
  await createStack(stack, 'lambda', [])
  const unattended = await askingDeploy(destroy, user)
  t.match(unattended.err, /: There is no terminal to confirm this at\. Add --yes to go on without asking/)
  t.equal(unattended.code, 1)

  const answers = { no: 'n\n', nothing: '\n', 'something else': 'yesterday\n', 'the end (Ctrl+D)': '\x04' }
  for (const [answer, typed] of Object.entries(answers)) {
    const { code, out } = await deployOnTerminal(destroy, typed, user)
    t.match(out, /^This deletes the stack movie-recommender-lambda in account .*\n\nGo on\? \[y\/N\] /, answer)
    t.match(out, /\ndocker\/deploy: Nothing was changed\.\n$/, answer)
    t.equal(code, 1, answer)
  }
  t.equal((await deployOnTerminal(destroy, '\x03', user)).code, 130, 'Ctrl+C')
  t.equal(await fact(stack, 'StackStatus'), 'CREATE_COMPLETE', 'it is still there')

  const { code, out } = await deployOnTerminal(destroy, 'y\n', user)
  t.match(out, /\nmovie-recommender-lambda is gone\.\n$/)
  t.equal(code, 0)
  t.notMatch(await stacksLeft(), stack)
})

const tableOf = async (stack: string): Promise<string> => {
  const items = ['dynamodb', 'scan', '--table-name', `${stack}-histories`, '--query', 'Items[].user.S', '--output', 'text']
  return cli(...items).catch(error => (error as Error).message)
}
const rate = async (stack: string): Promise<void> => {
  const item = JSON.stringify({ user: { S: 'ann' }, part: { S: '0' }, 'm:589': { S: '000001700000000,5,' } })
  await cli('dynamodb', 'put-item', '--table-name', `${stack}-histories`, '--item', item)
}

t.test('what people have rated stays when the stack goes, unless somebody says so in so many words', { skip }, async t => {
  const stack = 'movie-recommender-lambda'
  const destroy = ['--destroy', 'lambda', '--delete-histories']
  await createStack(stack, 'lambda', ['Histories=dynamodb'])
  await rate(stack)
  const { code, out } = await deploy(['--destroy', 'lambda'], user)
  t.equal(code, 0)
  t.match(out, `What people have rated stays, in the table ${stack}-histories, and costs what it did. Deploy again to go on with it.`)
  t.notMatch(await stacksLeft(), stack)
  t.equal(await tableOf(stack), 'ann')

  await createStack(stack, 'lambda', ['Histories=dynamodb', `HistoryTable=${stack}-histories`])
  for (const answers of [['n\n'], ['y\n', 'n\n']]) {
    const { code, out } = await deployOnTerminal(destroy, answers, user)
    t.match(
      out,
      `\nIt also deletes the table ${stack}-histories: what people have rated is gone then, for every service that uses this table.\n`
    )
    t.equal(out.includes('Delete what people have rated? [y/N]'), answers.length > 1, 'a question of its own')
    t.match(out, /Nothing was changed\.\n$/)
    t.equal(code, 1)
  }
  t.equal(await fact(stack, 'StackStatus'), 'CREATE_COMPLETE')
  t.equal(await tableOf(stack), 'ann')
  t.equal((await deployOnTerminal(destroy, ['y\n', 'y\n'], user)).code, 0)
  t.match(await tableOf(stack), 'ResourceNotFoundException')

  await createStack(stack, 'lambda', ['Histories=dynamodb'])
  t.equal((await deploy(destroy, user)).code, 0, 'a script says both: --delete-histories and --yes')
  t.match(await tableOf(stack), 'ResourceNotFoundException')

  await createStack('other', 'app-runner', ['Histories=dynamodb'])
  await createStack(stack, 'lambda', ['Histories=dynamodb', 'HistoryTable=other-histories'])
  const foreign = await deploy(destroy, user)
  t.match(foreign.err, `: ${stack} uses the table other-histories, which it did not make. Leave out --delete-histories; the table stays.\n`)
  t.equal((await deploy(['--destroy', 'lambda'], user)).code, 0)
  t.equal(await tableOf('other'), '', 'it is there, and empty')
})

t.test('a stack that lets its table go leaves it, and the role with it', { skip }, async t => {
  await createStack('changing', 'ecs-express', ['Histories=dynamodb'])
  await rate('changing')
  const change = [
    'cloudformation',
    'update-stack',
    '--stack-name',
    'changing',
    '--use-previous-template',
    '--capabilities',
    'CAPABILITY_IAM'
  ]
  const image = { ParameterKey: 'ImageUri', UsePreviousValue: true }
  await cli(...change, '--parameters', JSON.stringify([image, { ParameterKey: 'Histories', ParameterValue: 'none' }]))
  t.equal(await tableOf('changing'), 'ann')
})

t.test('from a clone to a URL, and down again', { skip: skipImages }, async t => {
  const target = 'movie-recommender-ecs-fargate'
  let digest = ''
  t.teardown(async () => {
    const { out } = await run('docker', ['images', '--filter', `reference=${ECR}/*`, '--filter', `reference=${PUBLIC}/*`, '--quiet'], user)
    await run('docker', ['rmi', '--force', ...new Set(out.trim().split(/\s+/))], user)
  })

  await t.test('nothing is made before somebody has said yes', async t => {
    const { code, out } = await deployOnTerminal(['ecs-fargate'], 'n\n', user)
    t.match(
      out,
      /^This deploys to ECS on Fargate, [^]*\nLeft running, it costs [^]*\nGo on\? \[y\/N\] n\n\ndocker\/deploy: Nothing was changed\.\n$/
    )
    t.equal(code, 1)
    t.equal(await stacksLeft(), '')
  })

  await t.test('a service that does not answer is told, with where to read why', async t => {
    const { code, out, err } = await deploy(['ecs-fargate', '--wait', '0'], user)
    t.match(out, /^This deploys to ECS on Fargate, in account 123456789012 and region us-east-1:\n/)
    t.match(
      err,
      /docker\/deploy: It is deployed, but after 0 s http.*\/recommend\/42 cannot be reached \(ECONNREFUSED\)\. Look at its log: aws logs tail \/ecs\/movie-recommender-ecs-fargate .*--region us-east-1/
    )
    t.equal(code, 1)
    t.equal(await fact(target, 'StackStatus'), 'CREATE_COMPLETE', 'yet deployed it is')
  })

  await t.test('the stack runs exactly what was pushed', async t => {
    const image = await fact(target, "Parameters[?ParameterKey=='ImageUri'].ParameterValue")
    digest = image.split('@')[1]
    const answer = await fetch(`http://${registry}/v2/${target}/manifests/latest`, {
      headers: {
        authorization: `Basic ${Buffer.from(LOGIN).toString('base64')}`,
        accept: 'application/vnd.docker.distribution.manifest.v2+json'
      }
    })
    t.equal(image, `${ECR}/${target}@${answer.headers.get('docker-content-digest')}`)
    t.equal((await readFile(user.ASKED, 'utf8')).trim(), '--provenance=false\n--sbom=false', 'one manifest, no attestations')

    const [definition] = JSON.parse(await cli('ecs', 'list-task-definitions', '--family-prefix', target, '--query', 'taskDefinitionArns'))
    const task = JSON.parse(
      await cli('ecs', 'describe-task-definition', '--task-definition', definition, '--query', 'taskDefinition.containerDefinitions[0]')
    )
    t.match(task, { image, readonlyRootFilesystem: true, user: '1000:1000', stopTimeout: 40 })
    const policies = await cli(
      'application-autoscaling',
      'describe-scaling-policies',
      '--service-namespace',
      'ecs',
      '--query',
      'ScalingPolicies[].ResourceId',
      '--output',
      'text'
    )
    t.match(policies, `/${target}-Service-`, 'it is scaled')
  })

  await t.test('once it answers, so does the command, and nothing changes', async t => {
    const origin = await startImage(t, `${ECR}/${target}@${digest}`)
    const { code, out, err } = await deploy(['ecs-fargate', '--wait', '20'], { ...user, ...frontDoor(origin) })
    t.equal(code, 0, err)
    t.match(out, /No changes to deploy\. Stack movie-recommender-ecs-fargate is up to date/)
    t.match(out, /\n\$ curl http:\/\/.*elb\.amazonaws\.com\/recommend\/42\n(\d+,){9}\d+\n$/)

    for (const other of ['app-runner', 'ecs-express', 'lightsail', 'lambda']) {
      const { code, out, err } = await deploy([other, '--wait', '20'], { ...user, ...frontDoor(origin) })
      t.equal(code, 0, `${other}: ${err}`)
      t.match(out, /\n(\d+,){9}\d+\n$/, other)
    }
    const days = await cli(
      'logs',
      'describe-log-groups',
      '--log-group-name-prefix',
      '/aws/apprunner',
      '--query',
      'logGroups[].retentionInDays',
      '--output',
      'text'
    )
    t.same(days.split(/\s+/), ['30', '30'], 'App Runner keeps its logs for a month')
    const reader = await cli(
      'ecr',
      'get-repository-policy',
      '--repository-name',
      'movie-recommender-lightsail',
      '--query',
      'policyText',
      '--output',
      'text'
    )
    t.match(reader, ':role/amazon/lightsail/', 'Lightsail may pull')
    const lambda = await cli(
      'lambda',
      'get-function',
      '--function-name',
      'movie-recommender-lambda',
      '--query',
      'Code.ImageUri',
      '--output',
      'text'
    )
    t.match(lambda, /\/movie-recommender-lambda@sha256:/)
    t.not(lambda.split('@')[1], digest, 'and the function is an image of its own')
  })

  await t.test('a table that was left is gone on with, and one that is not there is refused', async t => {
    const origin = await startImage(t, `${ECR}/${target}@${digest}`)
    const named = ['ecs-express', '--name', 'rated', '--wait', '20']
    const there = { ...user, ...frontDoor(origin) }
    t.equal((await deploy([...named, 'Histories=dynamodb', 'KeysSecret=keys'], there)).code, 0)
    const arn = await cli('secretsmanager', 'describe-secret', '--secret-id', 'keys', '--query', 'ARN', '--output', 'text')
    t.equal(await fact('rated-ecs-express', "Parameters[?ParameterKey=='KeysSecretArn'].ParameterValue"), arn, 'its keys are looked up')
    await rate('rated-ecs-express')
    t.equal((await deploy(['--destroy', 'ecs-express', '--name', 'rated'], user)).code, 0)

    const { code, out, err } = await deploy([...named, 'Histories=dynamodb'], there)
    t.equal(code, 0, err)
    t.match(out, '\nIt goes on with the table rated-ecs-express-histories, and with what people have rated there.\n')
    t.equal(await tableOf('rated-ecs-express'), 'ann')
    const again = await deployOnTerminal([...named, 'Histories=none'], 'n\n', there)
    t.match(
      again.out,
      '\nWhat people have rated stays, unused, in the table rated-ecs-express-histories. It costs what it did until you delete it.\n'
    )
    const none = await deploy([...named, 'HistoryTable=none-of-mine'], there)
    t.match(none.err, ': There is no table none-of-mine in us-east-1. Name one that is there, or set HistoryTable= to have one made.\n')
    t.equal((await deploy(['--destroy', 'ecs-express', '--name', 'rated', '--delete-histories'], user)).code, 0)
  })

  await t.test('a public image is in the one region of ECR Public, pulled by anybody, and deleted with its repository', async t => {
    const origin = await startImage(t, `${ECR}/${target}@${digest}`)
    const there = ['--region', 'eu-west-1']
    const { code, out, err } = await deploy(['lightsail', '--public', '--wait', '20', ...there], { ...user, ...frontDoor(origin) })
    t.equal(code, 0, err)
    t.match(out, /\n(\d+,){9}\d+\n$/)
    const query = "Stacks[0].Parameters[?ParameterKey=='ImageUri'].ParameterValue"
    const stack = ['--stack-name', 'movie-recommender-lightsail', '--query', query, '--output', 'text']
    t.match(
      await cli('cloudformation', 'describe-stacks', ...stack, ...there),
      new RegExp(`^${PUBLIC}/movie-recommender-lightsail@sha256:[0-9a-f]{64}$`)
    )
    const destroyed = await deploy(['--destroy', 'lightsail', ...there], user)
    t.equal(destroyed.code, 0, destroyed.err)
    t.match(destroyed.out, /\$ aws ecr-public delete-repository .* --region us-east-1\n/)
    t.notMatch(await stacksLeft(), 'public')
    t.equal(await stacksLeft(...there), '')

    await deploy(['lightsail', '--public', '--wait', '0', ...there], user)
    await cli('ecr-public', 'delete-repository', '--repository-name', 'movie-recommender-lightsail', '--force')
    const again = await deploy(['--destroy', 'lightsail', ...there], user)
    t.equal(again.code, 0, `a repository that is gone already: ${again.err}`)
  })

  await t.test('a stack that fails is told with its first reason, and can be tried again', async t => {
    const nowhere = `CertificateArn=arn:aws:acm:us-east-1:${ACCOUNT}:certificate/none`
    const failing = await deploy(['ecs-fargate', '--name', 'second', nowhere, 'DomainName=a.example'], user)
    t.match(
      failing.err,
      /docker\/deploy: HttpsListener \(AWS::ElasticLoadBalancingV2::Listener\) failed first: .*certificate was not found.*Put that right, then run this again\./
    )
    t.equal(failing.code, 1)
    const retry = ['CertificateArn=', 'DomainName=', 'MinTasks=3']
    const again = await deploy(['ecs-fargate', '--name', 'second', ...retry, '--wait', '0'], user)
    t.match(again.err, /It is deployed, but/)
    t.equal(await fact('second-ecs-fargate', 'StackStatus'), 'CREATE_COMPLETE')

    const cost = ({ out }: { out: string }) => out.match(/^Left running, it costs about (\d+) USD a month/m)?.[1]
    const later = await deploy(['ecs-fargate', '--name', 'second', '--wait', '0'], user)
    t.ok(Number(cost(again)) > Number(cost(failing)), 'a third task costs something')
    t.equal(cost(later), cost(again), 'and is kept, so it is priced when it is not named again')
  })

  await t.test('what is taken down is gone, and may be taken down twice', async t => {
    for (const name of ['app-runner', 'ecs-express', 'ecs-fargate', 'lambda', 'lightsail']) {
      const { code, out, err } = await deploy(['--destroy', name], user)
      t.equal(code, 0, `${name}: ${err}`)
      t.match(out, new RegExp(`\nmovie-recommender-${name} is gone\\.\n$`))
    }
    t.equal((await deploy(['--destroy', 'ecs-fargate', '--name', 'second'], user)).code, 0)
    t.equal((await deploy(['--destroy', 'lambda'], user)).code, 0)
    t.same(await stacksLeft(), '')
    t.same(await cli('ecr', 'describe-repositories', '--query', 'repositories[].repositoryName', '--output', 'text'), '')
    t.same(
      await cli(
        'logs',
        'describe-log-groups',
        '--query',
        "logGroups[?contains(logGroupName, 'movie-recommender')].logGroupName",
        '--output',
        'text'
      ),
      ''
    )
  })
})

// --- starting it all

/** A registry that asks for ECR's password, and podman's configuration under which ECR's name leads to it. */
async function startRegistry(program: string): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`
  const [name, password] = LOGIN.split(':')
  const hash = await run('perl', ['-e', 'print crypt($ARGV[0], q($2y$05$) . q(abcdefghijklmnopqrstuu))', password], {
    PATH: process.env.PATH ?? ''
  })
  await writeFile(join(dir, 'htpasswd'), `${name}:${hash.out}\n`)
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(dir, 'registry') } },
    http: { addr: address, secret: createHash('sha256').update(dir).digest('hex') },
    auth: { htpasswd: { realm: 'ECR', path: join(dir, 'htpasswd') } }
  }
  await writeFile(join(dir, 'registry.json'), JSON.stringify(config))
  const remap = [
    [ECR, address],
    [PUBLIC, `${address}/alias`]
  ].map(([prefix, location]) => `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\ninsecure = true\n`)
  const given = process.env.CONTAINERS_REGISTRIES_CONF
  await writeFile(join(dir, 'registries.conf'), (given ? await readFile(given, 'utf8') : '') + remap.join(''))
  await start(program, ['serve', join(dir, 'registry.json')], { HOME: dir }, `http://${address}/v2/`)
  return address
}

/** Pulls the image by its digest and runs it as a task would: read-only, nobody special. Gives its origin. */
async function startImage(t: Test, image: string): Promise<string> {
  const port = await freePort()
  const limits = [
    '--read-only',
    '--read-only-tmpfs=false',
    '--cap-drop',
    'all',
    '--user',
    '1000:1000',
    '--memory',
    '1g',
    '--network',
    'host'
  ]
  const settings = ['-e', `PORT=${port}`, '-e', 'HOST=127.0.0.1']
  const { code, out, err } = await run('docker', ['run', '--detach', '--rm', ...limits, ...settings, image], user)
  t.equal(code, 0, err)
  t.teardown(() => run('docker', ['rm', '--force', '--time', '0', out.trim()], user))
  return `http://127.0.0.1:${port}`
}
