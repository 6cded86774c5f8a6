import { join } from 'node:path'
import type { InferenceSession as Session } from 'onnxruntime-node'
import { GRAPH } from '../model/files.js'
import type { GraphTerms } from '../model/manifest.js'
import type { Inputs, Outputs } from './batching.js'
import { checkContract, widthOf } from './contract.js'
import { InferenceSession, Tensor } from './onnxruntime.js'

/** ONNX Runtime with a graph that recommends, on this thread. */
export interface Graph {
  /** whether it asks how much each entry of a history counts; one that does not takes what somebody liked */
  takesWeights: boolean
  /** the only length of a history that it takes, if it takes no other */
  width?: number
  run(inputs: Inputs): Promise<Outputs>
  close(): Promise<void>
}

/** @throws Error when the graph does not fit the contract */
export async function openGraph(dir: string, { maxHistory }: GraphTerms, threads: number, file = GRAPH): Promise<Graph> {
  const session = await openSession(dir, file, threads, maxHistory)
  const takesWeights = session.inputNames.includes('weights')
  return {
    takesWeights,
    width: widthOf(session),
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

/** @throws Error when ONNX Runtime cannot open the file, or it does not fit its contract */
export async function openSession(dir: string, file: string, threads: number, maxHistory?: number): Promise<Session> {
  const session = await InferenceSession.create(join(dir, file), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // A run that fails throws. It must not print as well.
    logSeverityLevel: 4
  }).catch(error => {
    throw new Error(`${file}: ONNX Runtime cannot open it: ${reasonOf(error.message)}`, { cause: error })
  })
  try {
    checkContract(file, session, maxHistory)
    return session
  } catch (error) {
    await session.release()
    throw error
  }
}

/** What ONNX Runtime says, without the line of its own source, and what to do about it. */
function reasonOf(message: string): string {
  // It takes weights of a branch, as of a graph that stops early, from a file of one name only.
  if (message.includes('multiple hard links')) return 'its weights have several hard links. Copy the folder by `cp -r`, which makes none'
  const reason = message.trim().replace(/\/\S*\/onnxruntime\/core\S+ .*?\) (?=[A-Z])/s, ' ')
  return /opset|IR version/i.test(reason)
    ? `${reason.replace(/\.$/, '')}. Export it with an older opset (\`opset_version\` in PyTorch)`
    : reason
}

/** The graph's inputs, as ONNX Runtime takes them. */
export function tensors({ exclude, k, ...history }: Inputs, takesWeights: boolean): Session.FeedsType {
  return {
    ...historyTensors(history, takesWeights),
    exclude: matrix('int64', exclude, history.size),
    k: new Tensor('int64', BigInt64Array.of(BigInt(k)), [1])
  }
}

export function historyTensors(
  { size, history, weights }: Pick<Inputs, 'size' | 'history' | 'weights'>,
  takesWeights: boolean
): Session.FeedsType {
  return { history: matrix('int64', history, size), ...(takesWeights && { weights: matrix('float32', weights, size) }) }
}

/** A tensor of so many rows. */
export const matrix = (type: 'int64' | 'float32', values: BigInt64Array | Float32Array, rows: number): Session.OnnxValueMapType[string] =>
  new Tensor(type as 'float32', values as Float32Array, [rows, values.length / rows])
