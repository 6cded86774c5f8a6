import { CONNECTIONS, type Profile } from '../measure/profile.js'
import { type Stage, STAGES } from '../measure/stages.js'
import { figure } from './table.js'

/** As a table in Markdown. */
export function profileTable(name: string, { load, cpu, main, scorer, operators, batch }: Profile): string {
  const total = (stages: Record<Stage, number>): number => Object.values(stages).reduce((sum, us) => sum + us, 0)
  const stages = Object.entries(STAGES) as [Stage, string][]
  const most = Object.entries(operators).sort(([, a], [, b]) => b - a)
  const inGraph = most.reduce((sum, [, us]) => sum + us, 0)
  return [
    `${name}: ${CONNECTIONS} connections, ${figure(load.requests / load.seconds)} requests/s under the profiler, batches of ${figure(batch)};`,
    `µs a request. The system counts ${figure(cpu)} µs of CPU a request.`,
    '',
    '| stage | | main thread | scoring thread |',
    '| --- | --- | ---: | ---: |',
    ...stages.map(([stage, what]) => `| ${stage} | ${what} | ${figure(main[stage])} | ${figure(scorer[stage])} |`),
    `| **all** | | **${figure(total(main))}** | **${figure(total(scorer))}** |`,
    '',
    `Inside ONNX Runtime, by its own profiler, in batches of ${Math.round(batch)}:`,
    '',
    '| operator | µs a request | share |',
    '| --- | ---: | ---: |',
    ...most.slice(0, 8).map(([op, us]) => `| ${op} | ${figure(us)} | ${Math.round((100 * us) / inGraph)} % |`),
    `| all, with those too small to list | ${figure(inGraph)} | |`
  ].join('\n')
}
