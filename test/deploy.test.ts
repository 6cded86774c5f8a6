// docker/deploy as far as it goes without AWS: what it reads, shows and refuses. test/targets goes on from there.
import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { checkTogether } from '../docker/lib/parameters.mjs'
import { FILLED_IN } from '../docker/lib/targets.mjs'
import { readParameters, readRules } from '../docker/lib/template.mjs'
import { deploy, deployUnread, run } from './fixtures/deploy.js'
import { type Template, templates } from './fixtures/templates.js'

t.test('docker/deploy knows the parameters that the templates have', async t => {
  for (const [target, { Parameters }] of Object.entries(templates)) {
    const { code, err } = await deploy([target, 'Nothing=1', '--dry-run'])
    const known = err.match(/The parameters of \S+ are (.*)\.\n$/)?.[1].split(', ')
    t.same([...(known ?? []), ...FILLED_IN].filter(name => name in Parameters).sort(), Object.keys(Parameters).sort(), target)
    t.match(err, `${target} has no parameter Nothing.`)
    t.equal(code, 1)
  }
})

t.test('docker/deploy reads the parameters as YAML does, and can say of each in words what it takes', async t => {
  for (const [target, { Parameters }] of Object.entries(templates)) {
    const read = readParameters(`docker/templates/${target}.yaml`) as Record<string, Template>
    t.same(Object.keys(read), Object.keys(Parameters), target)
    for (const [name, { Description, ...rules }] of Object.entries<Template>(Parameters)) {
      const texts = Object.entries(rules).map(([key, value]) => [key, Array.isArray(value) ? value.map(String) : String(value)])
      t.same({ ...read[name], Description }, { ...Object.fromEntries(texts), Description }, `${target} ${name}`)
      const known = ['Type', 'Default', 'AllowedValues', 'AllowedPattern', 'ConstraintDescription', 'MinValue', 'MaxValue']
      t.same(
        Object.keys(rules).filter(key => !known.includes(key)),
        [],
        `${target} ${name} has only what docker/deploy heeds`
      )
      if (rules.AllowedPattern && !FILLED_IN.includes(name)) t.ok(rules.ConstraintDescription, `${target} ${name}`)
      if (rules.Type === 'Number' && !rules.AllowedValues)
        t.ok([rules.MinValue, rules.MaxValue].every(Number.isInteger), `${target} ${name}`)
    }
  }
})

t.test('docker/deploy reads the rules as YAML does', async t => {
  const asList = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return String(value)
    const [[name, args]] = Object.entries(value)
    return [name.replace('Fn::', ''), ...[args].flat().map(asList)]
  }
  for (const [target, { Rules = {} }] of Object.entries(templates)) {
    const rules = Object.entries<Template>(Rules).map(([name, { RuleCondition, Assertions }]) => [
      name,
      {
        condition: asList(RuleCondition),
        assertions: Assertions.map(({ Assert, AssertDescription }: Template) => ({
          assert: asList(Assert),
          description: AssertDescription
        }))
      }
    ])
    t.strictSame(readRules(`docker/templates/${target}.yaml`), Object.fromEntries(rules), target)
  }
})

t.test('a dry run shows the plan and every command, and needs nothing', async t => {
  const { code, out } = await deploy(['lambda', 'FrontDoor=function-url', '--arch', 'arm64', '--region', 'eu-west-1', '--dry-run'])
  t.equal(code, 0)
  t.match(
    out,
    /^This deploys to Lambda, in account ACCOUNT and region eu-west-1:\n {2}1\. a private image repository, movie-recommender-lambda\n/
  )
  t.match(out, /\nLeft running, it costs |\nWhat it costs /)
  t.match(out, '\nTake it down with: docker/deploy --destroy lambda\n')
  const commands = [...out.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command.split(' ').slice(0, 3).join(' '))
  t.same(commands, [
    'aws cloudformation deploy',
    'aws ecr get-login-password',
    'docker build --platform',
    'docker push ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com/movie-recommender-lambda:latest',
    'aws cloudformation deploy',
    'curl URL/recommend/42'
  ])
  t.match(
    out,
    '\n$ aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com\n'
  )
  t.match(out, / --platform linux\/arm64 --provenance=false --sbom=false .*--file Dockerfile\.lambda /)
  t.match(out, /FrontDoor=function-url ImageUri=\S+@sha256:DIGEST Architecture=arm64 /)

  const open = await deploy(['ecs-express', '--public', '--region', 'eu-west-1', '--dry-run'])
  t.match(open.out, /Visibility=public .*--region us-east-1\n/)
  t.match(
    open.out,
    '\n$ aws ecr-public get-login-password --region us-east-1 | docker login --username AWS --password-stdin public.ecr.aws\n'
  )
  t.match(open.out, 'Anybody will be able to pull the image, and with it the model and the histories in it.')
  t.match((await deploy(['--destroy', 'app-runner', '--dry-run'])).out, /^This deletes the stack movie-recommender-app-runner /)
  const gone = await deploy(['--destroy', 'lightsail', '--public', '--region', 'eu-west-1', '--dry-run'])
  t.match(
    gone.out,
    /\$ aws ecr-public delete-repository .* --region us-east-1\n[^]* delete-stack .*-public-repository --region us-east-1\n/
  )
})

t.test('the plan says who may call the service, and how to ask for a key', async t => {
  const plan = async (...args: string[]) => (await deploy([...args, '--region', 'eu-west-1', '--dry-run'])).out
  const open = await plan('lambda')
  t.match(open, '\nWhoever reaches it may call it, for no key is asked for. To ask for one:\n')
  t.match(
    open,
    `aws secretsmanager create-secret --region eu-west-1 --name NAME --secret-string '{"API_KEYS":"KEY"}', then KeysSecret=NAME here.`
  )
  const writable = await plan('ecs-fargate', 'Histories=dynamodb')
  t.match(writable, '\nWhoever reaches it may call it, and write and erase ratings, for no key is asked for.')
  t.match(writable, `'{"API_KEYS":"KEY","WRITE_API_KEYS":"ANOTHER"}'`)
  const closed = await plan('lambda', 'Histories=dynamodb', 'KeysSecret=mine')
  t.notMatch(closed, /Whoever|create-secret/)
  t.match(closed, /\n\$ curl URL\/readyz\n$/, 'the one request needs no key')
  t.match(await plan('ecs-fargate', 'KeysSecret=mine'), / KeysSecret=mine .* KeysSecretArn=SECRET_ARN /, 'ECS takes no name')
  t.match(await plan('ecs-fargate', 'KeysSecret='), / KeysSecretArn= /, 'and forgets a secret that it had')
})

t.test('a template that is deployed by hand asks for the ARN of the secret that it is given', async t => {
  for (const target of ['app-runner', 'ecs-express', 'ecs-fargate']) {
    const rules = readRules(`docker/templates/${target}.yaml`)
    const { KeysSecretNeedsArn } = rules
    const check = (KeysSecret: string, KeysSecretArn: string) => () => checkTogether({ KeysSecret, KeysSecretArn }, { KeysSecretNeedsArn })
    t.throws(check('mine', ''), { message: /^KeysSecret needs KeysSecretArn, the full ARN of that secret; / }, target)
    t.doesNotThrow(check('mine', 'arn'), target)
    t.doesNotThrow(check('', ''), target)
  }
})

t.test('the plan says what live histories cost, and what becomes of them', async t => {
  const { out } = await deploy(['lambda', 'Histories=dynamodb', '--dry-run'])
  t.match(
    out,
    /\nLive histories cost \d\.\d\d USD for a million answers, from \d\.\d\d USD for a million ratings, and \d\.\d\d USD a month for each GB/
  )
  t.notMatch((await deploy(['lambda', '--dry-run'])).out, 'Live histories cost')
  const kept = await deploy(['--destroy', 'lambda', '--dry-run'])
  t.notMatch(kept.out, 'aws dynamodb')
  const gone = await deploy(['--destroy', 'lambda', '--delete-histories', '--region', 'eu-west-1', '--dry-run'])
  t.match(gone.out, /\nIt also deletes the table movie-recommender-lambda-histories: what people have rated is gone then, /)
  t.match(gone.out, /\$ aws dynamodb delete-table --table-name movie-recommender-lambda-histories .*--region eu-west-1\n/)
})

t.test('what cannot be meant is refused, with what could be', async t => {
  const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/x'
  const sentences: [string[], RegExp][] = [
    [[], /No target is named\. Take one of: app-runner, ecs-express, ecs-fargate, lambda, lightsail\./],
    [['heroku'], /There is no target "heroku"\. Take one of: app-runner, /],
    [['lambda', '--speed'], /Unknown option '--speed'\. docker\/deploy --help lists the options\./],
    [['lambda', 'fast'], /"fast" is not of the form Parameter=Value\. The parameters of lambda are FrontDoor, /],
    [['app-runner', '--arch', 'arm64'], /App Runner runs amd64 images\. Give --arch amd64\./],
    [['lambda', '--public'], /Lambda pulls from private repositories only\. Leave out --public\./],
    [['lambda', '--name', 'Mine!'], /--name takes 2 to 20 small letters, digits and hyphens, a letter first; it was "Mine!"\./],
    [['lambda', '--wait', 'long'], /--wait takes 0 to 9999 seconds; it was "long"\./],
    [['lambda', 'FrontDoor=nginx'], /: FrontDoor has to be one of http-api, rest-api, function-url, alb; it was "nginx"\.$/m],
    [['lambda', 'MemoryMb=511', '--dry-run'], /: MemoryMb has to be a whole number from 512 to 10240; it was "511"\.$/m],
    [['lambda', 'MemoryMb=2GB'], /: MemoryMb has to be a whole number from 512 to 10240; it was "2GB"\.$/m],
    [['lambda', 'LogKeyArn=my-key'], /: LogKeyArn has to be empty, or the ARN of a KMS key in this region; it was "my-key"\.$/m],
    [['ecs-fargate', 'AccessLogBucket=My_Logs'], /: AccessLogBucket has to be empty, or the name of an S3 bucket; it was "My_Logs"\.$/m],
    [['lambda', 'LogRetentionDays=2'], /: LogRetentionDays has to be one of 1, 3, 7, 14, 30, 90, 365; it was "2"\.$/m],
    [['lambda', 'ReservedConcurrency=0'], /: ReservedConcurrency has to be empty, or a number from 1 to 9999; it was "0"\.$/m],
    [
      ['ecs-fargate', 'AllowedCidr=10.0.0.0/8,::/0'],
      /: AllowedCidr has to be a network such as 203\.0\.113\.0\/24; it was "10\.0\.0\.0\/8,::\/0"\.$/m
    ],
    [['ecs-fargate', 'MaxTasks=101', '--dry-run'], /: MaxTasks has to be a whole number from 1 to 100; it was "101"\.$/m],
    [['ecs-fargate', 'SpotWeight=0', 'OnDemandWeight=0', '--dry-run'], /: OnDemandWeight and SpotWeight cannot both be 0\.$/m],
    [['ecs-express', 'MinTasks=5', '--dry-run'], /: MinTasks cannot be more than MaxTasks; it was 5 of 4\.$/m],
    [['ecs-fargate', 'MinTasks=5', 'MaxTasks=2', '--dry-run'], /: MinTasks cannot be more than MaxTasks; it was 5 of 2\.$/m],
    [['app-runner', 'MinInstances=5', 'MaxInstances=2', '--dry-run'], /: MinInstances cannot be more than MaxInstances; it was 5 of 2\.$/m],
    [
      ['ecs-fargate', '--public', 'Network=endpoints', '--dry-run'],
      /: Network=endpoints reaches private ECR only; a public image needs Network=public or Network=nat\.$/m
    ],
    [
      ['ecs-fargate', `CertificateArn=${certificate}`, '--dry-run'],
      /: CertificateArn needs DomainName, the name that the certificate is for\.$/m
    ],
    [['lambda', 'FrontDoor=alb', '--dry-run'], /: FrontDoor=alb needs a network, Vpc=vpc-\.\.\. and Subnets=subnet-/],
    [['lambda', 'FrontDoor=alb', 'Vpc=vpc-1', '--dry-run'], /: FrontDoor=alb needs a network, Vpc=vpc-\.\.\. and Subnets=subnet-/],
    [
      ['lambda', 'Subnets=subnet-1', '--dry-run'],
      /: Subnets has to be empty, or two subnets at least, subnet-\.\.\.,subnet-\.\.\.; it was "subnet-1"\.$/m
    ],
    [
      ['lambda', 'AlarmTopicArn=on-call'],
      /: AlarmTopicArn has to be empty, or the ARN of an SNS topic in this region; it was "on-call"\.$/m
    ],
    [
      ['lightsail', 'Histories=dynamodb', '--dry-run'],
      /: lightsail has no parameter Histories: Lightsail gives a container no role, and so no right to a table\. Take ecs-express, /
    ],
    [['lightsail', 'HistoryTable=mine', '--dry-run'], /: lightsail has no parameter HistoryTable\. The parameters of lightsail are /],
    [['lambda', 'Histories=redis', '--dry-run'], /: Histories has to be one of none, dynamodb; it was "redis"\.$/m],
    [['lambda', 'HistoryTtlDays=-1', '--dry-run'], /: HistoryTtlDays has to be a whole number from 0 to 3650; it was "-1"\.$/m],
    [['lambda', 'HistoryTable=a/b', '--dry-run'], /: HistoryTable has to be empty, or the name of a table; it was "a\/b"\.$/m],
    [
      ['lambda', 'KeysSecret=arn:aws:x', '--dry-run'],
      /: KeysSecret has to be empty, or the name of a secret, not its ARN; it was "arn:aws:x"\.$/m
    ],
    [['lambda', '--delete-histories'], /: --delete-histories goes with --destroy only\.$/m],
    [['toString'], /There is no target "toString"\. Take one of: /],
    [['lambda', '--region', 'Mars', '--dry-run'], /"Mars" is not a region\. --region takes one such as us-east-1\./]
  ]
  let said = ''
  for (const [args, sentence] of sentences) {
    const { code, err } = await deploy(args)
    t.match(err, sentence)
    t.equal(code, 1)
    said += err
  }
  for (const { Rules = {} } of Object.values(templates))
    for (const [name, { Assertions }] of Object.entries<Template>(Rules))
      for (const { AssertDescription } of Assertions)
        // docker/deploy looks the ARN up itself.
        if (name !== 'KeysSecretNeedsArn') t.match(said, `: ${AssertDescription}.\n`, 'no rule of a template is left out here')
  t.match((await deploy(['--help'])).out, /^Usage: docker\/deploy TARGET/)
})

t.test('what is whole goes through: a load balancer with its network, a certificate with its name', async t => {
  const network = ['FrontDoor=alb', 'Vpc=vpc-1', 'Subnets=subnet-1,subnet-2']
  const certificate = ['CertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/x', 'DomainName=a.example']
  t.equal((await deploy(['lambda', ...network, ...certificate, '--dry-run'])).code, 0)
  t.equal((await deploy(['ecs-fargate', ...certificate, 'Network=endpoints', 'SpotWeight=0', '--dry-run'])).code, 0)
})

t.test('a model that Docker could not copy, or the service not serve, is refused before anything is built', async t => {
  const clone = t.testdir()
  await Promise.all(
    ['cost', 'deploy', 'lib', 'templates'].map(part => cp(join('docker', part), join(clone, 'docker', part), { recursive: true }))
  )
  const refusal = async (model: string): Promise<string> => {
    const args = ['lambda', '--model', model, '--dry-run']
    const { out, err } = await run(join(clone, 'docker/deploy'), args, { PATH: dirname(process.execPath) })
    return err.trim() || out
  }
  const copyTo = async (folder: string): Promise<string> => {
    await cp('models/movielens/2', join(clone, folder), { recursive: true })
    return folder
  }
  const mine = await copyTo('models/mine/1')
  t.match(await refusal(mine), ' --build-arg MODEL=models/mine/1 ')
  t.match(await refusal(`./${mine}/`), ' --build-arg MODEL=models/mine/1 ')
  t.match(await refusal(join(clone, mine)), ' --build-arg MODEL=models/mine/1 ')

  t.match(await refusal('models/none'), 'models/none is no model folder, for it has no manifest.json that lists its files.')
  const outside = await copyTo('elsewhere/1')
  t.match(await refusal(outside), 'elsewhere/1 is not below models/, and Docker sees no other model folder.')
  t.match(await refusal('models/movielens/../../elsewhere/1'), ' is not below models/')
  t.match(await refusal(await copyTo('models/train/1')), 'models/train/1 is not below models/', '.dockerignore leaves it out')
  t.match(await readFile('.dockerignore', 'utf8'), /^!models\nmodels\/train$/m)

  await truncate(join(clone, mine, 'weights.bin'), 1000)
  t.match(await refusal(mine), 'models/mine/1 is incomplete: weights.bin is not the file that its manifest names.')
  await rm(join(clone, mine, 'weights.bin'))
  t.match(await refusal(mine), 'models/mine/1 is incomplete: weights.bin is missing. Copy the whole folder')
  await writeFile(join(clone, mine, 'manifest.json'), '{')
  t.match(await refusal(mine), 'models/mine/1 is no model folder')
})

t.test('it ends quietly when nobody reads on, as behind `| head`', async t => {
  for (const args of [['--help'], ['lambda', '--dry-run']]) {
    const { code, err } = await deployUnread(args)
    t.equal(err, '')
    t.equal(code, 141, 'as a command that SIGPIPE ends')
  }
})
