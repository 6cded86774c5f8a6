// @ts-check
// node prune.mjs amd64|arm64: leaves out of node_modules what an image for that platform never opens. Plain JavaScript, since it runs
// while the image is built, where nothing is compiled yet.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

// Of ONNX Runtime's binaries for five platforms, one is needed.
const arch = { amd64: 'x64', arm64: 'arm64' }[process.argv[2]] ?? process.arch
const bin = 'node_modules/onnxruntime-node/bin/napi-v6'
for (const platform of readdirSync(bin)) {
  for (const each of readdirSync(join(bin, platform))) {
    if (platform !== 'linux' || each !== arch) rmSync(join(bin, platform, each), { recursive: true })
  }
}
if (!existsSync(join(bin, 'linux', arch))) throw new Error(`onnxruntime-node has no binary for linux ${arch}`)

// Of Swagger UI, the page at /docs opens one script and one style sheet.
const ui = 'node_modules/swagger-ui-dist'
const opened = ['package.json', 'LICENSE', 'NOTICE', 'swagger-ui-bundle.js', 'swagger-ui-bundle.js.LICENSE.txt', 'swagger-ui.css']
for (const file of readdirSync(ui)) if (!opened.includes(file)) rmSync(join(ui, file), { recursive: true })

// Types and source maps are for people who build on a package.
for (const file of readdirSync('node_modules', { recursive: true, encoding: 'utf8' })) {
  if (/\.(d\.[cm]?ts|map)$/.test(file)) rmSync(join('node_modules', file))
}
