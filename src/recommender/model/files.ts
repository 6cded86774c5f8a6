/** The files of a model folder. The scoring thread imports these names without loading a validator. */
export const MANIFEST = 'manifest.json'
export const GRAPH = 'model.onnx'
export const SCORE_GRAPH = 'score.onnx'
export const SIMILAR_GRAPH = 'similar.onnx'
export const ITEMS = 'items.json'
export const HISTORIES = 'histories.bin'

/** A folder may do without them, and the scorer opens those that are there. */
export const OPTIONAL_GRAPHS = [SCORE_GRAPH, SIMILAR_GRAPH]
