/** The files of a model folder. Apart from what reads them, so that the scoring thread need not load a validator. */
export const MANIFEST = 'manifest.json'
export const GRAPH = 'model.onnx'
export const ITEMS = 'items.json'
export const HISTORIES = 'histories.bin'
