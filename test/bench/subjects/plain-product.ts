import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { onPath } from '../measure/machine.js'
import { CACHE, source } from '../paths.js'
import { run } from './process.js'

/** µs of CPU a request of a product in plain C: alone, and with the ten best picked. */
export interface Product {
  product: number
  withTopK: number
}

const BUDGET_FLOPS = 2e10

/** Undefined where there is no gcc. */
export async function plainProduct(items: number, dimensions: number, batch: number): Promise<Product | undefined> {
  if (!onPath('gcc')) return undefined
  await mkdir(CACHE, { recursive: true })
  const program = join(CACHE, 'product')
  execFileSync('gcc', ['-O3', '-march=native', '-ffast-math', '-funroll-loops', source('subjects/plain-product.c'), '-o', program])
  const rounds = Math.min(2000, Math.max(5, Math.round(BUDGET_FLOPS / (2 * items * dimensions * batch))))
  return run(program, [items, dimensions, batch, rounds].map(String))
}
