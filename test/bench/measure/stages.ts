/** What V8's CPU profiler writes: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[]
  /** µs of the monotonic clock, which is that of process.hrtime() */
  startTime: number
  samples: number[]
  timeDeltas: number[]
}

/** What a request goes through, in that order; and what is nobody's. */
export const STAGES = {
  parse: 'read from the socket, HTTP parsed, request object made',
  route: 'route found, hooks and handler run, request and reply objects of Fastify',
  validate: 'path and query against their schemas',
  batch: 'history looked up, collected, padded, taken apart again',
  hop: 'messages to the scoring thread and back',
  score: 'ONNX Runtime',
  serialize: 'body, headers and ETag',
  write: 'headers and body to the socket',
  observe: 'metrics and logs',
  loop: 'event loop, promises, timers',
  collect: 'garbage collection',
  native: 'outside JavaScript: system calls of the event loop, and V8 itself'
}
export type Stage = keyof typeof STAGES

/** The first that fits a function's `file function`. */
const RULES: [Stage, RegExp][] = [
  ['validate', /fastify\/lib\/validation|\/dist\/validation\/|\/http\/compilers|ajv| validate\d+$/],
  ['observe', /\/metrics\/|prom-client|pino|fastify\/lib\/log|\/http\/request-log/],
  ['score', /onnxruntime/],
  ['hop', /scorer-thread|scorer-worker|worker|messageport|message_port|event_target|postMessage/i],
  ['batch', /\/recommender\//],
  ['route', /\/routes\/(recommend|get-recommendation|request)\.js/],
  ['serialize', /\/routes\/|fastify\/lib\/(reply|schemas|content)|fast-json|negotiator|\/fresh\/|node:internal\/crypto/],
  ['route', /find-my-way|fastify|\/http\/|avvio/],
  ['write', /_http_outgoing|node:net |internal\/streams|write|_http_common|utcDate/i],
  ['parse', /_http_server|_http_incoming|stream_base_commons|HTTPParser|node:internal\/(url|querystring)/]
]

/**
 * µs of each stage within a window of the clock. What has no file of its own, such as a native function, belongs to
 * whoever called it.
 */
export function byStage({ nodes, startTime, samples, timeDeltas }: CpuProfile, from: number, to: number): Record<Stage, number> {
  const stageOf = stages(nodes)
  const spent = Object.fromEntries(Object.keys(STAGES).map(stage => [stage, 0])) as Record<Stage, number>
  let now = startTime
  for (const [i, id] of samples.entries()) {
    now += timeDeltas[i]
    // A sample lasts until the next one.
    const lasts = timeDeltas[i + 1] ?? 0
    const stage = stageOf.get(id)
    if (stage && now >= from && now < to) spent[stage] += lasts
  }
  return spent
}

/** Undefined for time in which nothing ran. */
function stages(nodes: CpuProfile['nodes']): Map<number, Stage | undefined> {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const stageOf = new Map<number, Stage | undefined>()
  const visit = (id: number, inherited: Stage): void => {
    const node = byId.get(id)
    if (!node) return
    const { functionName, url } = node.callFrame
    const stage = SPECIAL.has(functionName) ? SPECIAL.get(functionName) : stageBy(url, functionName, inherited)
    stageOf.set(id, stage)
    for (const child of node.children ?? []) visit(child, stage ?? 'loop')
  }
  visit(nodes[0].id, 'loop')
  return stageOf
}

function stageBy(url: string, functionName: string, inherited: Stage): Stage {
  const rule = RULES.find(([, pattern]) => pattern.test(`${url} ${functionName}`))
  if (rule) return rule[0]
  return url === '' ? inherited : 'loop'
}

const SPECIAL = new Map<string, Stage | undefined>([
  ['(idle)', undefined],
  ['(root)', 'loop'],
  ['(program)', 'native'],
  ['(garbage collector)', 'collect']
])
