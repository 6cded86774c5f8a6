// What the templates say is what the app does: neither may drift from the other.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { boot } from '../src/boot.js'
import { configSchema, readConfig } from '../src/config.js'
import { openScorer } from '../src/recommender/scoring/scorer.js'
import {
  attribute,
  containers,
  environmentOf,
  environments,
  fargate,
  healthChecks,
  lambda,
  lightsail,
  resolverOf,
  runner,
  secretsOf,
  tasks,
  type Template,
  templates
} from './fixtures/templates.js'

const dockerfile = await readFile('Dockerfile', 'utf8')
const defaults = readConfig({})
/** targets that can have a role for their table */
const withHistories = ['app-runner', 'ecs-express', 'ecs-fargate', 'lambda']
/** targets that read secrets when they start the app */
const withSecrets = ['app-runner', 'ecs-express', 'ecs-fargate']
const KEYS_SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:mine-AbCdEf'
const { app } = await boot({ LOG_LEVEL: 'silent' }, { openScorer, runs: 'server' })
t.teardown(() => app.close())

t.test('every setting that a template gives is one that the app has, and takes', async t => {
  for (const [target, environment] of Object.entries(environments)) {
    t.strictSame(
      Object.keys(environment).filter(name => !(name in configSchema.properties)),
      [],
      target
    )
    t.doesNotThrow(() => readConfig(environment), target)
  }
  const levels = configSchema.properties.LOG_LEVEL.enum as readonly string[]
  for (const [target, { Parameters }] of Object.entries(templates)) {
    for (const level of Parameters.LogLevel.AllowedValues) t.ok(levels.includes(level), `${target} offers ${level}`)
  }
})

t.test('one port, everywhere: that of the app, of its image and of every template', async t => {
  const port = defaults.PORT
  t.match(dockerfile, new RegExp(`PORT=${port}\\b`))
  t.match(dockerfile, new RegExp(`EXPOSE ${port}\\n`))
  t.equal(runner.SourceConfiguration.ImageRepository.ImageConfiguration.Port, String(port))
  for (const target of ['ecs-express', 'ecs-fargate', 'lightsail']) t.equal(environments[target].PORT, String(port), target)
  for (const [target, { PortMappings }] of Object.entries(containers))
    t.same(PortMappings, [{ Name: 'http', ContainerPort: port, Protocol: 'tcp' }], target)
  t.equal(fargate.Service.Properties.LoadBalancers[0].ContainerPort, port)
  t.equal(fargate.Targets.Properties.Port, port)
  t.match(fargate.TaskAccess.Properties.SecurityGroupIngress, [{ FromPort: port, ToPort: port }])
  t.match(fargate.LoadBalancerAccess.Properties.SecurityGroupEgress, [{ FromPort: port, ToPort: port }])
  t.same(lightsail.Containers[0].Ports, [{ Port: String(port), Protocol: 'HTTP' }])
  t.equal(lightsail.PublicEndpoint.ContainerPort, port)
})

t.test('where a target asks for health, the app answers, and with a code that counts', async t => {
  for (const [target, { path, code }] of Object.entries(healthChecks)) {
    const { statusCode } = await app.inject({ url: path, headers: { 'user-agent': 'ELB-HealthChecker/2.0' } })
    t.equal(String(statusCode), code, `${target} ${path}`)
  }
  t.equal(runner.HealthCheckConfiguration.Protocol, 'HTTP')
})

t.test('nobody gives a starting instance up before it can be ready', async t => {
  // ready in about 1 s on one vCPU (npm start says so), and so in about 4 s on a quarter
  const slowest = 4
  for (const target of ['app-runner', 'lightsail']) {
    const { intervalMs, timeoutMs, unhealthy } = healthChecks[target]
    t.ok(intervalMs * unhealthy > 2000 * slowest, target)
    t.ok(timeoutMs < intervalMs, target)
  }
  t.ok(fargate.Service.Properties.HealthCheckGracePeriodSeconds > 2 * slowest, 'ecs-fargate')
})

t.test('a stopped task is told, drained and done before it is killed', async t => {
  const { intervalMs, unhealthy } = healthChecks['ecs-fargate']
  for (const target of ['ecs-express', 'ecs-fargate']) {
    const { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS, HANDLER_TIMEOUT_MS } = readConfig(environments[target])
    const { StopTimeout } = containers[target]
    t.ok(StopTimeout * 1000 > SHUTDOWN_DELAY_MS + SHUTDOWN_TIMEOUT_MS, `${target}: the stop time-out is longer than both`)
    t.ok(StopTimeout <= 120, `${target}: Fargate allows no more`)
    t.ok(SHUTDOWN_DELAY_MS >= intervalMs * unhealthy, `${target}: the load balancer has noticed`)
    t.ok(SHUTDOWN_TIMEOUT_MS >= HANDLER_TIMEOUT_MS, `${target}: the longest request can end`)
  }
  const delay = attribute(fargate.Targets.Properties.TargetGroupAttributes, 'deregistration_delay.timeout_seconds')
  t.ok(Number(delay) * 1000 > defaults.HANDLER_TIMEOUT_MS, 'deregistration waits for the longest request')
})

t.test('the innermost time-out is the shortest', async t => {
  const balancers = [fargate.LoadBalancer, lambda.LoadBalancer].map(({ Properties }) => Properties.LoadBalancerAttributes)
  for (const attributes of balancers) {
    const idle = Number(attribute(attributes, 'idle_timeout.timeout_seconds')) * 1000
    t.ok(defaults.KEEP_ALIVE_TIMEOUT_MS > idle, 'the app keeps a connection longer than the load balancer uses it')
    t.ok(idle > defaults.HANDLER_TIMEOUT_MS)
  }
  const { HANDLER_TIMEOUT_MS } = readConfig(environments.lambda)
  const { Timeout, MemorySize } = lambda.Function.Properties
  const doors = [lambda.HttpApiIntegration.Properties, lambda.RestApiRoot.Properties.Integration, lambda.RestApiAny.Properties.Integration]
  t.ok(Timeout * 1000 > HANDLER_TIMEOUT_MS, 'the app gives up before the function is ended')
  for (const { TimeoutInMillis } of doors) {
    t.ok(TimeoutInMillis > Timeout * 1000, 'the front door waits for the function')
    t.ok(TimeoutInMillis <= 29_000, 'as long as a REST API can')
  }
  t.same(MemorySize, { Ref: 'MemoryMb' })
})

t.test('tasks run as the user of the image, and write nowhere', async t => {
  const [, user] = dockerfile.match(/^USER (\S+)$/m) ?? []
  for (const [target, container] of Object.entries(containers)) {
    t.match(container, { User: user, ReadonlyRootFilesystem: true, LinuxParameters: { Capabilities: { Drop: ['ALL'] } } }, target)
    t.same(tasks[target as keyof typeof tasks].RequiresCompatibilities, ['FARGATE'])
    const role = resolverOf(target)(tasks[target as keyof typeof tasks].TaskRoleArn)
    t.equal(role, undefined, `${target}: without live histories the app calls no AWS API`)
  }
  t.equal(containers['ecs-express'].Name, 'Main', 'the name that Express Mode asks for')
})

t.test('images come by digest, logs end, and no role may do everything', async t => {
  for (const [target, { Parameters, Resources }] of Object.entries(templates)) {
    t.match(Parameters.ImageUri.AllowedPattern, /@sha256:\[0-9a-f\]\{64\}$/, target)
    t.notMatch(`${target}/x:latest`, new RegExp(`^(?:${Parameters.ImageUri.AllowedPattern})$`))
    for (const [name, parameter] of Object.entries<Template>(Parameters))
      t.match(parameter.Description, /\.$/, `${target} ${name} says what it is`)
    for (const [name, { Type, Properties }] of Object.entries<Template>(Resources)) {
      if (Type === 'AWS::Logs::LogGroup') t.same(Properties.RetentionInDays, { Ref: 'LogRetentionDays' }, `${target} ${name}`)
      if (Type === 'AWS::IAM::Role')
        for (const statement of statements(Properties)) t.ok(isNarrow(statement), `${target} ${name} ${statement.Action}`)
    }
  }
})

t.test('what a key encrypts and a bucket keeps is for the one who deploys to say', async t => {
  const given = (condition: string, parameter: string, value: unknown = { Ref: parameter }) => ({
    'Fn::If': [condition, value, { Ref: 'AWS::NoValue' }]
  })
  const isSet = (parameter: string) => ({ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: parameter }, ''] }] })
  for (const target of ['lambda', 'ecs-fargate', 'ecs-express']) {
    const { Parameters, Conditions, Resources } = templates[target]
    t.equal(Parameters.LogKeyArn.Default, '', `${target} needs no key`)
    t.same(Conditions.LogKey, isSet('LogKeyArn'), target)
    t.same(Resources.Logs.Properties.KmsKeyId, given('LogKey', 'LogKeyArn'), target)
  }
  for (const target of ['lambda', 'ecs-fargate']) {
    const { Parameters, Conditions, Resources } = templates[target]
    t.equal(Parameters.AccessLogBucket.Default, '', `${target} needs no bucket`)
    t.same(Conditions.AccessLogs, isSet('AccessLogBucket'), target)
    const attributes = Resources.LoadBalancer.Properties.LoadBalancerAttributes as Template[]
    t.same(attributes.slice(-2), [
      given('AccessLogs', '', { Key: 'access_logs.s3.enabled', Value: 'true' }),
      given('AccessLogs', '', { Key: 'access_logs.s3.bucket', Value: { Ref: 'AccessLogBucket' } })
    ])
  }
  t.same(fargate.Cluster.Properties.ClusterSettings, [{ Name: 'containerInsights', Value: { Ref: 'ContainerInsights' } }])
})

t.test('live histories have one table, as the store writes it, which outlives the stack, and a role for it and nothing else', async t => {
  for (const target of withHistories) {
    const { Parameters, Resources } = templates[target]
    t.same(Parameters.Histories.AllowedValues, ['none', 'dynamodb'], target)
    t.equal(Parameters.Histories.Default, 'none', target)
    const { DeletionPolicy, UpdateReplacePolicy, Condition, Properties } = Resources.LiveHistories
    t.same([Condition, DeletionPolicy, UpdateReplacePolicy], ['MakesTable', 'RetainExceptOnCreate', 'Retain'], target)
    t.match(Properties, {
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
    })
    t.same(Properties, templates.lambda.Resources.LiveHistories.Properties, `${target}: the same table everywhere`)

    const key = 'arn:aws:kms:eu-west-1:123456789012:key/x'
    const encryption = (parameters = {}) => resolverOf(target, parameters)(Properties.SSESpecification)
    t.same(encryption({ HistoryKeyArn: key }), { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key }, target)
    t.equal(encryption(), undefined, `${target}: by a key of AWS's unless told`)

    const roles = (parameters: Record<string, string>) => statementsOf('histories', target, parameters)
    const statement = { Effect: 'Allow', Action: ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:UpdateItem'] }
    t.same(roles({ Histories: 'dynamodb' }), [{ ...statement, Resource: '<LiveHistories.Arn>' }], target)
    const table = 'arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/mine'
    t.same(roles({ Histories: 'dynamodb', HistoryTable: 'mine' }), [{ ...statement, Resource: table }], `${target}: that of another stack`)
  }
  t.notOk('Histories' in templates.lightsail.Parameters, 'Lightsail gives a container no role')
})

t.test('with live histories the app is told of its table', async t => {
  for (const target of withHistories) {
    const given = (parameters: Record<string, string>) =>
      Object.keys(environmentOf(target, parameters)).filter(name => !(name in environments[target]))
    const environment = environmentOf(target, { Histories: 'dynamodb', HistoryTtlDays: '30' })
    t.equal(environment.HISTORY_STORE, 'dynamodb://<LiveHistories>?region=<AWS::Region>', target)
    const { HISTORY_STORE, HISTORY_STORE_TIMEOUT_MS, HISTORY_TTL_DAYS } = readConfig(
      environmentOf(target, { Histories: 'dynamodb', HistoryTable: 'mine', HistoryTtlDays: '30' })
    )
    t.match(HISTORY_STORE, /^dynamodb:\/\/mine\?region=/, target)
    t.ok(HISTORY_STORE_TIMEOUT_MS >= 250, `${target}: time enough for a new connection`)
    t.equal(HISTORY_TTL_DAYS, 30, target)
    const ofStore = ['HISTORY_STORE', 'HISTORY_STORE_TIMEOUT_MS', 'HISTORY_TTL_DAYS']
    t.same(given({ Histories: 'dynamodb' }), ofStore, `${target}: no keys`)
  }
})

t.test('where there is a secret the app is told its keys, of which those that write need live histories', async t => {
  for (const target of Object.keys(templates)) {
    const keysOf = (parameters: Record<string, string>) => {
      const { API_KEYS, WRITE_API_KEYS } = { ...environmentOf(target, parameters), ...secretsOf(target, parameters) }
      return { API_KEYS, WRITE_API_KEYS }
    }
    const isSecret = withSecrets.includes(target)
    const key = (name: string) => (isSecret ? `${KEYS_SECRET}:${name}::` : `{{resolve:secretsmanager:mine:SecretString:${name}}}`)
    const parameters = { KeysSecret: 'mine', KeysSecretArn: KEYS_SECRET }
    t.same(keysOf({}), { API_KEYS: undefined, WRITE_API_KEYS: undefined }, `${target}: no keys`)
    t.same(keysOf(parameters), { API_KEYS: key('API_KEYS'), WRITE_API_KEYS: undefined }, `${target}: nothing can be written`)
    if (withHistories.includes(target))
      t.same(keysOf({ ...parameters, Histories: 'dynamodb' }), { API_KEYS: key('API_KEYS'), WRITE_API_KEYS: key('WRITE_API_KEYS') }, target)
  }
})

t.test('a target that can read secrets keeps keys out of what describes it, and may read that one secret', async t => {
  for (const target of withSecrets) {
    const parameters = { KeysSecret: 'mine', KeysSecretArn: KEYS_SECRET, Histories: 'dynamodb' }
    t.notOk('API_KEYS' in environmentOf(target, parameters), target)
    t.notMatch(JSON.stringify(templates[target]), 'resolve:secretsmanager', target)
    t.strictSame(
      statementsOf('keys', target, parameters),
      [
        { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: KEYS_SECRET },
        {
          Effect: 'Allow',
          Action: 'kms:Decrypt',
          Resource: 'arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key/*',
          Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': KEYS_SECRET } }
        }
      ],
      target
    )
    t.strictSame(statementsOf('keys', target, { Histories: 'dynamodb' }), [], `${target}: without keys it may read none`)
    const pattern = new RegExp(`^(?:${templates[target].Parameters.KeysSecretArn.AllowedPattern})$`)
    t.match(KEYS_SECRET, pattern, target)
    for (const name of ['mine', 'mine-AbCdEf', KEYS_SECRET.replace('-AbCdEf', '')]) t.notMatch(name, pattern, `${target}: ${name}`)
  }
  const instanceRole = (parameters: Record<string, string>) =>
    resolverOf('app-runner', parameters)(runner.InstanceConfiguration.InstanceRoleArn)
  t.equal(instanceRole({}), undefined, 'without keys and live histories an instance needs no role')
  t.equal(instanceRole({ KeysSecretArn: KEYS_SECRET }), '<InstanceRole.Arn>')
  t.equal(templates['app-runner'].Resources.InstanceRole.Condition, 'HasRole')
})

t.test('private tasks on Fargate reach DynamoDB and their keys without a NAT gateway', async t => {
  const isThere = (endpoint: string, parameters: Record<string, string>) =>
    resolverOf('ecs-fargate', parameters)({ 'Fn::If': [fargate[endpoint].Condition, true, false] })
  t.match(fargate.HistoryEndpoint.Properties, { VpcEndpointType: 'Gateway', RouteTableIds: [{ Ref: 'PrivateRoutes' }] })
  for (const [Network, Histories, expected] of [
    ['nat', 'dynamodb', true],
    ['endpoints', 'dynamodb', true],
    ['public', 'dynamodb', false],
    ['nat', 'none', false]
  ] as const)
    t.equal(isThere('HistoryEndpoint', { Network, Histories }), expected, `${Network} ${Histories}`)
  const { ServiceName, ...others } = fargate.SecretEndpoint.Properties
  t.same(ServiceName, { 'Fn::Sub': 'com.amazonaws.${AWS::Region}.secretsmanager' })
  t.match(fargate.LogEndpoint.Properties, others, 'tasks reach it as they reach the log')
  for (const [Network, KeysSecretArn, expected] of [
    ['endpoints', KEYS_SECRET, true],
    ['endpoints', '', false],
    ['nat', KEYS_SECRET, false],
    ['public', KEYS_SECRET, false]
  ] as const)
    t.equal(isThere('SecretEndpoint', { Network, KeysSecretArn }), expected, `${Network} ${KeysSecretArn}`)
})

t.test('a Function URL has both permissions, and the HTTP API says which payload', async t => {
  const permissions = Object.values<Template>(lambda).filter(
    ({ Type, Condition }) => Type === 'AWS::Lambda::Permission' && Condition === 'FunctionUrl'
  )
  t.same(permissions.map(({ Properties }) => Properties.Action).sort(), ['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'])
  t.equal(lambda.HttpApiIntegration.Properties.PayloadFormatVersion, '2.0')
  t.equal(lambda.HttpApiStage.Properties.StageName, '$default')
  t.equal(attribute(lambda.Targets.Properties.TargetGroupAttributes, 'lambda.multi_value_headers.enabled'), 'true')
})

t.test('where there is a topic, each alarm tells it, of three bad minutes in five', async t => {
  for (const [target, { Parameters, Resources, Conditions }] of Object.entries(templates)) {
    const alarms = Object.entries<Template>(Resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    // Lightsail's metrics are no part of CloudWatch.
    t.equal(alarms.length > 1, target !== 'lightsail', target)
    t.equal('AlarmTopicArn' in Parameters, target !== 'lightsail', target)
    for (const [name, { Condition, Properties }] of alarms) {
      t.strictSame(Conditions[Condition], { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlarmTopicArn' }, ''] }] }, `${target} ${name}`)
      const topic = [{ Ref: 'AlarmTopicArn' }]
      t.match(Properties, { AlarmActions: topic, OKActions: topic, EvaluationPeriods: 5, DatapointsToAlarm: 3 }, `${target} ${name}`)
      const periods = [Properties.Period ?? Properties.Metrics.map(({ MetricStat }: Template) => MetricStat?.Period ?? 60)].flat()
      t.strictSame([...new Set(periods)], [60], `${target} ${name}`)
      t.equal(Properties.TreatMissingData, name === 'NoHealthyTargets' ? 'breaching' : 'notBreaching', `${target} ${name}: nobody calls`)
    }
    const slow = alarms.find(([name]) => name === 'SlowAnswers')?.[1].Properties
    // Lambda and App Runner count in milliseconds, load balancers in seconds.
    const milliseconds = slow && slow.Threshold * (slow.MetricName === 'Duration' || slow.MetricName === 'RequestLatency' ? 1 : 1000)
    if (slow) t.ok(milliseconds >= 1000 && milliseconds < defaults.HANDLER_TIMEOUT_MS, `${target}: it is slow before it is given up`)
  }
  const { Counts } = templates.lambda.Mappings
  t.strictSame(Object.keys(Counts).sort(), [...templates.lambda.Parameters.FrontDoor.AllowedValues].sort(), 'each front door counts')
})

// --- reading CloudFormation

/** What the roles of a target may do by their policies of this name, with these parameters. */
function statementsOf(policy: string, target: string, parameters: Record<string, string>): Template[] {
  return Object.values<Template>(templates[target].Resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Role')
    .flatMap(({ Properties }) => (resolverOf(target, parameters)(Properties.Policies) ?? []) as Template[])
    .filter(({ PolicyName }) => PolicyName === policy)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}

function statements({ Policies = [] }: Template): Template[] {
  const policies = Policies.map((policy: Template) => policy['Fn::If']?.[1] ?? policy)
  return policies.flatMap((policy: Template) => policy.PolicyDocument.Statement)
}

// Only the token that opens a registry is not a thing of one's own.
const isNarrow = ({ Action, Resource }: Template): boolean =>
  ![Action].flat().some(action => action.includes('*')) && (Resource !== '*' || Action === 'ecr:GetAuthorizationToken')
