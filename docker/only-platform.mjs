// node only-platform.mjs amd64|arm64: of ONNX Runtime's binaries for five platforms, keeps the one the image is for.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const arch = { amd64: 'x64', arm64: 'arm64' }[process.argv[2]] ?? process.arch
const bin = 'node_modules/onnxruntime-node/bin/napi-v6'
for (const platform of readdirSync(bin)) {
  for (const each of readdirSync(join(bin, platform))) {
    if (platform !== 'linux' || each !== arch) rmSync(join(bin, platform, each), { recursive: true })
  }
}
if (!existsSync(join(bin, 'linux', arch))) throw new Error(`onnxruntime-node has no binary for linux ${arch}`)
