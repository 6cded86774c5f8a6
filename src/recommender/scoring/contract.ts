import type { InferenceSession as Session } from 'onnxruntime-node'
import { GRAPH, SCORE_GRAPH, SIMILAR_GRAPH } from '../model/files.js'

interface Expected {
  name: string
  type: string
  shape: (string | number)[]
  optional?: true
}

interface Contract {
  takes: Expected[]
  gives: Expected[]
}

const HISTORY: Expected[] = [
  { name: 'history', type: 'int64', shape: ['batch', 'l'] },
  { name: 'weights', type: 'float32', shape: ['batch', 'l'], optional: true }
]

const RECOMMEND: Contract = {
  takes: [...HISTORY, { name: 'exclude', type: 'int64', shape: ['batch', 'm'] }, { name: 'k', type: 'int64', shape: [1] }],
  gives: [
    { name: 'items', type: 'int32', shape: ['batch', 'k'] },
    { name: 'scores', type: 'float32', shape: ['batch', 'k'] },
    { name: 'scored', type: 'int32', shape: ['batch'], optional: true }
  ]
}

/** What each graph takes and gives. A size that is a name may be any. */
const CONTRACTS: Record<string, Contract> = {
  [GRAPH]: RECOMMEND,
  [SIMILAR_GRAPH]: RECOMMEND,
  [SCORE_GRAPH]: {
    takes: [...HISTORY, { name: 'candidates', type: 'int64', shape: ['batch', 'n'] }],
    gives: [
      { name: 'scores', type: 'float32', shape: ['batch', 'n'] },
      { name: 'contributions', type: 'float32', shape: ['batch', 'l', 'n'], optional: true },
      { name: 'likeness', type: 'float32', shape: ['batch', 'n', 'n'], optional: true }
    ]
  }
}

/**
 * @param maxHistory how long a history may be, as the manifest says. A graph may take histories of exactly this length.
 * @throws Error when the graph of this file takes or gives anything else
 */
export function checkContract(
  file: string,
  session: Pick<Session, 'inputMetadata' | 'outputMetadata'>,
  maxHistory: number | undefined
): void {
  const width = widthOf(session)
  compare(file, 'takes', session.inputMetadata, width)
  compare(file, 'gives', session.outputMetadata, width)
  if (width !== undefined && width !== maxHistory)
    throw new Error(
      `${file}: it takes histories of exactly ${width}: expected "maxHistory": ${width} in the manifest, found ${maxHistory ?? 'none'}`
    )
}

/** The only length of a history that the graph takes; undefined if it takes any. */
export function widthOf({ inputMetadata }: Pick<Session, 'inputMetadata'>): number | undefined {
  const history = inputMetadata.find(({ name }) => name === 'history')
  const width = history?.isTensor ? history.shape[1] : undefined
  return typeof width === 'number' && width > 0 ? width : undefined
}

function compare(file: string, verb: keyof Contract, found: readonly Session.ValueMetadata[], width: number | undefined): void {
  const expected = CONTRACTS[file][verb].filter(({ name, optional }) => !optional || found.some(value => value.name === name))
  const unknown = found.filter(value => !expected.some(({ name }) => name === value.name))
  const remedies = [
    ...expected.flatMap(one => remediesOf(one, found, width)),
    ...unknown.map(({ name }) => `${name} is not known, rename it or leave it out`)
  ]
  if (remedies.length === 0) return
  const wanted = expected.map(({ name, type, shape }) => `${name} ${type} [${shape.join(', ')}]`)
  const got = found.map(value => (value.isTensor ? `${value.name} ${value.type} [${value.shape.join(', ')}]` : `${value.name}, no tensor`))
  throw new Error(`${file}: expected a graph that ${verb} ${wanted.join(', ')}; this one ${verb} ${got.join(', ')}: ${remedies.join('; ')}`)
}

/** What to change of one value in the graph; nothing where it fits. */
function remediesOf({ name, type, shape }: Expected, found: readonly Session.ValueMetadata[], width: number | undefined): string[] {
  const value = found.find(one => one.name === name)
  if (!value) return [`${name} is missing`]
  if (!value.isTensor) return [`${name} is no tensor`]
  const sizes = shape.flatMap((size, i) => {
    const own = value.shape[i]
    if (typeof size === 'number') return own === size ? [] : [`${name} has to be of size ${size}`]
    const isAny = typeof own === 'string' || own === -1 || (size === 'l' && own === width)
    return isAny ? [] : [`${name} has ${own} as its ${size}, export that size as a dynamic one`]
  })
  return [
    ...(value.type === type ? [] : [`${name} is ${value.type}, cast it to ${type} in the graph`]),
    ...(value.shape.length === shape.length ? sizes : [`${name} has ${value.shape.length} dimensions, ${shape.length} are needed`])
  ]
}
