import { readFile } from 'node:fs/promises'
import type { FromSchema } from 'json-schema-to-ts'
import { compile } from '../../src/validation/ajv.js'
import { sentences } from '../../src/validation/sentences.js'

const text = { type: 'string' } as const
const positive = { type: 'number', exclusiveMinimum: 0 } as const

const server = {
  type: 'object',
  description: 'what the server takes, under a share of the most it takes',
  properties: {
    requestsPerVcpuSecond: positive,
    usableVcpus: { ...positive, description: 'CPU time of all threads by that of the busiest: beyond it, more of them do not help' },
    p99Ms: { type: 'number', minimum: 0 },
    memoryMb: positive,
    responseBytes: { ...positive, description: 'head and body of an answer, without TLS' },
    logBytes: positive
  },
  required: ['requestsPerVcpuSecond', 'usableVcpus', 'p99Ms', 'memoryMb', 'responseBytes', 'logBytes'],
  additionalProperties: false
} as const

const lambda = {
  type: 'object',
  description: 'what the function takes, with one invocation at a time',
  properties: {
    vcpuMb: { ...positive, description: 'memory in MB with which it has one vCPU; with less it has its share of one' },
    initMs: positive,
    invocationMs: { ...positive, description: 'with one vCPU' },
    billedMs: {
      type: 'object',
      description: 'by memory in MB: with the share of a vCPU that comes with it, each invocation rounded up to a whole millisecond',
      additionalProperties: positive
    },
    memoryMb: positive,
    logBytes: positive
  },
  required: ['vcpuMb', 'initMs', 'invocationMs', 'billedMs', 'memoryMb', 'logBytes'],
  additionalProperties: false
} as const

const schema = {
  type: 'object',
  properties: {
    measured: text,
    machine: text,
    model: text,
    share: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
    rounds: { type: 'integer', minimum: 1 },
    server,
    lambda
  },
  required: ['measured', 'machine', 'model', 'share', 'rounds', 'server', 'lambda'],
  additionalProperties: false
} as const

/** This service's own figures, each the median of some rounds. `npm run bench -- --capacity` measures them. */
export type Capacity = FromSchema<typeof schema>

const CAPACITY = 'docker/cost/capacity.json'

const valid = compile<Capacity>(schema)

/** @throws Error saying what is missing or not as expected */
export async function readCapacity(file = CAPACITY): Promise<Capacity> {
  const capacity: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (!valid(capacity))
    throw new Error(`${file}: ${sentences(valid.errors).join('; ')}. Measure it anew: npm run bench -- --capacity --json ${CAPACITY}`)
  return capacity
}
