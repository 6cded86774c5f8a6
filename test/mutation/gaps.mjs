// Which mutants that lived are holes in the tests, and which are known to change nothing that matters.
import { readFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'

const survivors = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'))

export const isIn = (path, folder) => path === folder || path.startsWith(`${folder}/`)

function original({ fileName, location: { start, end } }) {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1)
  lines[0] = lines[0].slice(start.column - 1)
  return lines.join('\n')
}

/** A mutant that takes the process down is noticed: it has been tried three times. */
const isCrash = ({ status, statusReason = '' }) => status === 'RuntimeError' && statusReason.startsWith('Test runner crashed')

const isNoticed = mutant => ['Killed', 'Timeout'].includes(mutant.status) || isCrash(mutant)

/**
 * Whether this survivor is among those that are known to change nothing that matters: a piece of code of a file, with what it becomes
 * if that matters, or a kind, by the line that it begins in and what it becomes, in a file or folder.
 */
function isExcused({ fileName, replacement, ...mutant }) {
  const file = relative('.', fileName)
  const code = original({ fileName, ...mutant })
  const line = readFileSync(fileName, 'utf8').split('\n')[mutant.location.start.line - 1]
  return survivors.some(
    known =>
      isIn(file, known.file) &&
      (known.to ?? replacement) === replacement &&
      (known.line === undefined ? known.code === code : new RegExp(known.line).test(line))
  )
}

/** Why it may live, where it should not. */
const VERBS = {
  Survived: ({ replacement }) => `may become ${replacement}`,
  NoCoverage: () => 'is run by no test',
  RuntimeError: ({ statusReason }) => `could not be tried: ${statusReason}`
}

export const isGap = mutant => mutant.status in VERBS && !isNoticed(mutant) && !isExcused(mutant)

/** Where it is, and what may be written there. */
export function describe(gap) {
  const { line, column } = gap.location.start
  return `${relative('.', gap.fileName)}:${line}:${column} ${original(gap)} ${VERBS[gap.status](gap)}`
}

/** Percent of the mutants that the tests notice, of all but those that are known to change nothing, by folder and by file. */
export function scores(mutants) {
  const byName = new Map()
  for (const mutant of mutants) {
    if (mutant.status === 'Ignored' || mutant.status === 'CompileError') continue
    const file = relative('.', mutant.fileName)
    for (const name of [`${dirname(file)}/`, file]) byName.set(name, [...(byName.get(name) ?? []), mutant])
  }
  const rows = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, all]) => {
      const noticed = all.filter(isNoticed).length
      const gaps = all.filter(isGap).length
      const row = [`${((100 * noticed) / (noticed + gaps)).toFixed(1)} %`, noticed, gaps, all.length - noticed - gaps]
      return [name.padEnd(40), ...row.map(cell => String(cell).padStart(9))].join('')
    })
  return [`${''.padEnd(40)}${['score', 'noticed', 'lived', 'excused'].map(word => word.padStart(9)).join('')}`, ...rows].join('\n')
}
