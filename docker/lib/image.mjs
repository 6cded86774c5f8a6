import { join } from 'node:path'
import { PUBLIC } from './aws.mjs'
import { relativePath, ROOT } from './arguments.mjs'
import { firstLine, Refusal } from './shell.mjs'

/** A repository of the target's own, so that nobody else's images push its out. */
export async function deployRepository({ stack, target, public: open }, aws) {
  const [api, region, visibility] = open ? ['ecr-public', PUBLIC, 'public'] : ['ecr', aws.region, 'private']
  const name = repositoryStack(stack, open)
  const parameters = { Name: stack, Visibility: visibility, ...(target === 'lambda' && { Reader: 'lambda' }) }
  await aws.deployStack(name, join(ROOT, 'docker/templates/repository.yaml'), parameters, { in: region })
  const describe = [api, 'describe-repositories', '--repository-names', stack, '--query', 'repositories[0].repositoryUri']
  const uri = await aws.aws(describe, {
    in: region,
    dry: open ? `public.ecr.aws/ALIAS/${stack}` : `${aws.account}.dkr.ecr.${aws.region}.amazonaws.com/${stack}`
  })
  return { name, api, region, uri, arn: open ? '' : await aws.output(name, 'Arn'), parameters }
}

export const repositoryStack = (stack, open) => `${stack}-${open ? 'public-' : ''}repository`

/** @returns the image by digest, which never means another one */
export async function publish({ stack, traits, arch, model }, aws, { api, region, uri }) {
  const password = await aws.aws([api, 'get-login-password'], { in: region })
  await aws.docker(['login', '--username', 'AWS', '--password-stdin', uri.split('/')[0]], {
    input: password,
    refusal: error => `The registry did not let Docker in (${firstLine(error)}). Look at docker's credential helper, then run this again.`
  })
  const tag = `${uri}:latest`
  // One platform and no attestations: Lambda refuses an index, and nobody else needs one.
  const one = ['--platform', `linux/${arch}`, '--provenance=false', '--sbom=false']
  const of = ['--build-arg', `MODEL=${model}`, '--file', relativePath(join(ROOT, traits.dockerfile)), '--tag', tag]
  await aws.docker(['build', ...one, ...of, relativePath(ROOT)], {
    refusal: () => 'The image could not be built; what Docker said stands above. It takes Docker 23 or newer, and the npm registry.'
  })
  await aws.docker(['push', tag], {
    refusal: () => 'The image could not be pushed; what Docker said stands above. Run this again: layers that have arrived are kept.'
  })
  const describe = [
    api,
    'describe-images',
    '--repository-name',
    stack,
    '--image-ids',
    'imageTag=latest',
    '--query',
    'imageDetails[0].imageDigest'
  ]
  const digest = await aws.aws(describe, { in: region, dry: 'sha256:DIGEST' })
  if (!digest.startsWith('sha256:')) throw new Refusal(`The repository ${stack} has no image after the push (${digest}). Run this again.`)
  return `${uri}@${digest}`
}
