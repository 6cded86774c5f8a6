import { join } from 'node:path'
import type { InferenceSession as Session } from 'onnxruntime-node'
import { GRAPH } from '../model/files.js'
import type { Inputs, Outputs } from './batching.js'
import { checkContract } from './contract.js'
import { InferenceSession, Tensor } from './onnxruntime.js'

/** ONNX Runtime with a graph of the contract, on this thread. */
export interface Graph {
  /** whether it asks how much each entry of a history counts; one that does not takes what somebody liked */
  takesWeights: boolean
  run(inputs: Inputs): Promise<Outputs>
  close(): Promise<void>
}

/** @throws Error when the graph does not fit the contract */
export async function openGraph(dir: string, threads: number): Promise<Graph> {
  const session = await InferenceSession.create(join(dir, GRAPH), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // A run that fails throws. It must not print as well.
    logSeverityLevel: 4
  }).catch(error => {
    throw new Error(`${GRAPH}: ONNX Runtime cannot open it: ${error.message}`, { cause: error })
  })
  try {
    checkContract(session)
  } catch (error) {
    await session.release()
    throw error
  }
  const takesWeights = session.inputNames.includes('weights')
  return {
    takesWeights,
    async run(inputs) {
      const { items, scores, scored } = await session.run(tensors(inputs, takesWeights))
      return {
        items: items.data as Int32Array,
        scores: scores.data as Float32Array,
        scannedRows: scored?.data as Int32Array | undefined
      }
    },
    close: () => session.release()
  }
}

/** The graph's inputs, as ONNX Runtime takes them. */
export function tensors({ size, history, weights, exclude, k }: Inputs, takesWeights: boolean): Session.FeedsType {
  return {
    history: new Tensor('int64', history, [size, history.length / size]),
    ...(takesWeights && { weights: new Tensor('float32', weights, [size, weights.length / size]) }),
    exclude: new Tensor('int64', exclude, [size, exclude.length / size]),
    k: new Tensor('int64', BigInt64Array.of(BigInt(k)), [1])
  }
}
