/** The files of a model folder. The scoring thread imports these names without loading a validator. */
export const MANIFEST = 'manifest.json'
export const GRAPH = 'model.onnx'
export const ITEMS = 'items.json'
export const HISTORIES = 'histories.bin'
