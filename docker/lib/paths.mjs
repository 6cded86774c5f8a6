// @ts-check
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the project, which is also what Docker builds from. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** @param {string} name of a template, which is a target or `repository` */
export const templateFile = name => join(ROOT, 'docker/templates', `${name}.yaml`)

/**
 * A file as one would type it in the working directory.
 *
 * @param {string} file
 */
export const relativePath = file => relative(process.cwd(), file) || '.'
