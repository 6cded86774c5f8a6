// @ts-check
import { join } from 'node:path'
import { PUBLIC_REGION } from './aws.mjs'
import { relativePath, ROOT, templateFile } from './paths.mjs'
import { Refusal } from './shell.mjs'

/** @typedef {import('./arguments.mjs').Arguments} Arguments */
/** @typedef {import('./aws.mjs').Aws} Aws */
/** @typedef {Awaited<ReturnType<typeof deployRepository>>} Repository */

/**
 * A repository of the target's own, so that other images do not push its images out.
 *
 * @param {Arguments} args @param {Aws} aws
 */
export async function deployRepository({ stack, target, public: isPublic }, aws) {
  const [api, region, visibility] = isPublic ? ['ecr-public', PUBLIC_REGION, 'public'] : ['ecr', aws.region, 'private']
  const name = repositoryStack(stack, isPublic)
  const parameters = { Name: stack, Visibility: visibility, ...(target === 'lambda' && { Reader: 'lambda' }) }
  await aws.deployStack(name, templateFile('repository'), parameters, { in: region })
  const describe = [api, 'describe-repositories', '--repository-names', stack, '--query', 'repositories[0].repositoryUri']
  const uri = await aws.read(describe, {
    in: region,
    dry: isPublic ? `public.ecr.aws/ALIAS/${stack}` : `${aws.account}.dkr.ecr.${aws.region}.amazonaws.com/${stack}`
  })
  return { name, api, region, uri, arn: isPublic ? '' : await aws.output(name, 'Arn'), parameters }
}

/** @param {string} stack @param {boolean} isPublic */
export const repositoryStack = (stack, isPublic) => `${stack}-${isPublic ? 'public-' : ''}repository`

/**
 * @param {Arguments} args @param {Aws} aws @param {Repository} repository
 * @returns the image by digest, which never means another one
 */
export async function publish({ stack, traits, arch, model }, aws, { api, region, uri }) {
  await aws.logIn(uri.split('/')[0], api, region)
  const tag = `${uri}:latest`
  // One platform and no attestations: Lambda refuses an index, and nobody else needs one.
  const platform = ['--platform', `linux/${arch}`, '--provenance=false', '--sbom=false']
  const source = ['--build-arg', `MODEL=${model}`, '--file', relativePath(join(ROOT, traits.dockerfile)), '--tag', tag]
  await aws.docker(['build', ...platform, ...source, relativePath(ROOT)], {
    refusal: () => 'The image could not be built; what Docker said stands above. It takes Docker 23 or newer, and the npm registry.'
  })
  await aws.docker(['push', tag], {
    refusal: () => 'The image could not be pushed; what Docker said stands above. Run this again: layers that have arrived are kept.'
  })
  const image = ['--repository-name', stack, '--image-ids', 'imageTag=latest']
  const describe = [api, 'describe-images', ...image, '--query', 'imageDetails[0].imageDigest']
  const digest = await aws.read(describe, { in: region, dry: 'sha256:DIGEST' })
  if (!digest.startsWith('sha256:')) throw new Refusal(`The repository ${stack} has no image after the push (${digest}). Run this again.`)
  return `${uri}@${digest}`
}
