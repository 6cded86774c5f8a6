import type { InferenceSession as Session } from 'onnxruntime-node'
import { GRAPH } from '../model/files.js'

interface Expected {
  name: string
  type: string
  shape: (string | number)[]
  optional?: true
}

/** What the graph takes and gives. A size that is a name may be any. */
const CONTRACT: Record<'takes' | 'gives', Expected[]> = {
  takes: [
    { name: 'history', type: 'int64', shape: ['batch', 'l'] },
    { name: 'weights', type: 'float32', shape: ['batch', 'l'], optional: true },
    { name: 'exclude', type: 'int64', shape: ['batch', 'm'] },
    { name: 'k', type: 'int64', shape: [1] }
  ],
  gives: [
    { name: 'items', type: 'int32', shape: ['batch', 'k'] },
    { name: 'scores', type: 'float32', shape: ['batch', 'k'] },
    { name: 'scored', type: 'int32', shape: ['batch'], optional: true }
  ]
}

/** @throws Error when the graph takes or gives anything else */
export function checkContract(session: Pick<Session, 'inputMetadata' | 'outputMetadata'>): void {
  compare('takes', session.inputMetadata)
  compare('gives', session.outputMetadata)
}

function compare(verb: keyof typeof CONTRACT, found: readonly Session.ValueMetadata[]): void {
  const expected = CONTRACT[verb]
  const fits = (value: Session.ValueMetadata, { name, type, shape }: Expected): boolean =>
    value.isTensor &&
    value.name === name &&
    value.type === type &&
    value.shape.length === shape.length &&
    shape.every((size, i) =>
      typeof size === 'string' ? typeof value.shape[i] === 'string' || value.shape[i] === -1 : value.shape[i] === size
    )

  const there = expected.filter(({ name, optional }) => !optional || found.some(value => value.name === name))
  if (found.length !== there.length || !there.every(one => found.some(value => fits(value, one)))) {
    const wanted = there.map(({ name, type, shape }) => `${name} ${type} [${shape.join(', ')}]`)
    const got = found.map(value =>
      value.isTensor ? `${value.name} ${value.type} [${value.shape.join(', ')}]` : `${value.name}, no tensor`
    )
    throw new Error(`${GRAPH}: expected a graph that ${verb} ${wanted.join(', ')}; this one ${verb} ${got.join(', ')}`)
  }
}
