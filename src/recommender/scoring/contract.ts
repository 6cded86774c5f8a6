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
  const expected = CONTRACTS[file][verb]
  const fits = (value: Session.ValueMetadata, { name, type, shape }: Expected): boolean =>
    value.isTensor &&
    value.name === name &&
    value.type === type &&
    value.shape.length === shape.length &&
    shape.every((size, i) =>
      typeof size === 'string' ? isAny(value.shape[i]) || (size === 'l' && value.shape[i] === width) : value.shape[i] === size
    )

  const isAny = (size: string | number): boolean => typeof size === 'string' || size === -1
  const there = expected.filter(({ name, optional }) => !optional || found.some(value => value.name === name))
  if (found.length !== there.length || !there.every(one => found.some(value => fits(value, one)))) {
    const wanted = there.map(({ name, type, shape }) => `${name} ${type} [${shape.join(', ')}]`)
    const got = found.map(value =>
      value.isTensor ? `${value.name} ${value.type} [${value.shape.join(', ')}]` : `${value.name}, no tensor`
    )
    throw new Error(`${file}: expected a graph that ${verb} ${wanted.join(', ')}; this one ${verb} ${got.join(', ')}`)
  }
}
