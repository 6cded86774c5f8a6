import { createRequire } from 'node:module'

// Its Linux library reports usage to its makers unless this is set before it is loaded, hence no plain import:
// https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
process.env.ORT_DISABLE_TELEMETRY = '1'

export const { InferenceSession, Tensor } = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node')
