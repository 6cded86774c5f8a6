// docker/deploy for real: the AWS CLI, a stand-in of AWS's API, images that are built, pushed, pulled by digest and asked.
// `test/targets/check` brings the tools and starts this.
import { readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { deploy, frontDoor, LOGIN, PUBLIC, skipImages, startCustomer } from '../fixtures/customer.js'
import { deployOnTerminal, run } from '../fixtures/deploy.js'
import { freePort } from '../fixtures/free-port.js'
import { ACCOUNT, ECR } from '../fixtures/stand-in.js'

const { user, cli, fact, stacksLeft, ratersOf, rate } = await startCustomer(t.testdir())
const registry = user.REGISTRY

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
    const keys = JSON.stringify({ API_KEYS: 'read'.padEnd(16, '-'), WRITE_API_KEYS: 'write'.padEnd(16, '-') })
    const create = ['create-secret', '--name', 'keys', '--secret-string', keys, '--query', 'ARN', '--output', 'text']
    const arn = await cli('secretsmanager', ...create)
    t.equal((await deploy([...named, 'Histories=dynamodb', 'KeysSecret=keys'], there)).code, 0)
    t.equal(await fact('rated-ecs-express', "Parameters[?ParameterKey=='KeysSecretArn'].ParameterValue"), arn, 'its keys are looked up')
    await rate('rated-ecs-express')
    t.equal((await deploy(['--destroy', 'ecs-express', '--name', 'rated'], user)).code, 0)

    const { code, out, err } = await deploy([...named, 'Histories=dynamodb'], there)
    t.equal(code, 0, err)
    t.match(out, '\nIt goes on with the table rated-ecs-express-histories, and with what people have rated there.\n')
    t.equal(await ratersOf('rated-ecs-express'), 'ann')
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
