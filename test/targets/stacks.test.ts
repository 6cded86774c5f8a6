// docker/deploy for real: what it refuses, the stacks that it makes and deletes, against the AWS CLI and a stand-in of AWS's API.
// `test/targets/check` brings the tools and starts this.
import { mkdir, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t from 'tap'
import { deploy, skip, skipImages, startCustomer, tools } from '../fixtures/customer.js'
import { deploy as askingDeploy, deployOnTerminal } from '../fixtures/deploy.js'
import { freePort } from '../fixtures/free-port.js'
import { ACCOUNT, startAws } from '../fixtures/stand-in.js'

const dir = t.testdir()
const { user, cli, createStack, fact, stacksLeft, ratersOf, rate } = await startCustomer(dir)
const noKeysKnown = tools ? await startAws(tools, { HOME: dir, INITIAL_NO_AUTH_ACTION_COUNT: '0' }) : ''
const deadPort = await freePort()

const without = (...names: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(user).filter(([name]) => !names.includes(name))) as Record<string, string>

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

t.test('what people have rated stays when the stack goes, unless somebody says so in so many words', { skip }, async t => {
  const stack = 'movie-recommender-lambda'
  const destroy = ['--destroy', 'lambda', '--delete-histories']
  await createStack(stack, 'lambda', ['Histories=dynamodb'])
  await rate(stack)
  const { code, out } = await deploy(['--destroy', 'lambda'], user)
  t.equal(code, 0)
  t.match(out, `What people have rated stays, in the table ${stack}-histories, and costs what it did. Deploy again to go on with it.`)
  t.notMatch(await stacksLeft(), stack)
  t.equal(await ratersOf(stack), 'ann')

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
  t.equal(await ratersOf(stack), 'ann')
  t.equal((await deployOnTerminal(destroy, ['y\n', 'y\n'], user)).code, 0)
  t.match(await ratersOf(stack), 'ResourceNotFoundException')

  await createStack(stack, 'lambda', ['Histories=dynamodb'])
  t.equal((await deploy(destroy, user)).code, 0, 'a script says both: --delete-histories and --yes')
  t.match(await ratersOf(stack), 'ResourceNotFoundException')

  await createStack('other', 'app-runner', ['Histories=dynamodb'])
  await createStack(stack, 'lambda', ['Histories=dynamodb', 'HistoryTable=other-histories'])
  const foreign = await deploy(destroy, user)
  t.match(foreign.err, `: ${stack} uses the table other-histories, which it did not make. Leave out --delete-histories; the table stays.\n`)
  t.equal((await deploy(['--destroy', 'lambda'], user)).code, 0)
  t.equal(await ratersOf('other'), '', 'it is there, and empty')
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
  t.equal(await ratersOf('changing'), 'ann')
})
