// Plain JavaScript, since it is run without a build: `npm run mutate -- PATH`.
import { readFileSync, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'

/** Which tests hold the promises of which code. Tests of children, browsers and deployments would cost minutes a mutant. */
const rooms = [
  { code: 'src/recommender', tests: ['test/recommender/*.test.js', 'test/train/!(commands).test.js', 'test/routes/*.test.js'] },
  { code: 'models/train', tests: ['test/train/!(commands).test.js', 'test/recommender/*.test.js'] },
  { code: 'src', tests: ['test/{closing,config,metrics,protection}.test.js', 'test/routes/*.test.js'] }
]

/** Programs of their own, in a process or a thread: no mutant can be switched on in them from a test. */
const programs = ['src/server.ts', 'src/recommender/scorer-worker.ts', 'models/train/{train,evaluate,ials-worker}.ts']

const survivors = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'))

const isIn = (path, folder) => path === folder || path.startsWith(`${folder}/`)

/** What a path asks for: a list of code, each with the tests that it is run against. */
function roomsOf(path) {
  const room = rooms.find(({ code }) => isIn(path, code))
  const inside = rooms.filter(({ code }) => code !== path && isIn(code, path))
  return room ? [{ ...room, code: path, without: inside.map(({ code }) => code) }, ...inside] : inside
}

function mutate({ code, tests, without = [] }) {
  const files = statSync(code).isFile() ? code : `${code}/**/*.ts`
  return new Stryker({
    mutate: [files, ...[...programs, ...without.map(folder => `${folder}/**`)].map(pattern => `!${pattern}`)],
    testRunner: 'tap',
    tap: { testFiles: tests, nodeArgs: ['--import', './test/mutation/preload.mjs', '-r', '{{hookFile}}', '{{testFile}}'] },
    // Compiled once, each file beside its source, with every mutant in it: tap's own loader would compile for each of them.
    buildCommand: 'tsc -p test/mutation',
    ignorePatterns: ['build', 'coverage', '.tap', 'docs'],
    tempDirName: 'build/mutation/sandbox',
    // A killed process or a busy machine must not pass for a killed mutant.
    timeoutMS: 20_000,
    timeoutFactor: 4,
    concurrency: 2,
    reporters: ['progress-append-only', 'html', 'json'],
    htmlReporter: { fileName: `build/mutation/${code.replaceAll('/', '-')}.html` },
    jsonReporter: { fileName: `build/mutation/${code.replaceAll('/', '-')}.json` },
    logLevel: 'error'
  }).runMutationTest()
}

function original({ fileName, location: { start, end } }) {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1)
  lines[0] = lines[0].slice(start.column - 1)
  return lines.join('\n')
}

/** A test file that ends without a word about its tests is an error to the runner: that is noticed, too. */
const isNoticed = ({ status }) => ['Killed', 'Timeout', 'RuntimeError'].includes(status)

/** Lived, and is not among those that are known to change nothing that matters. */
function isGap({ fileName, replacement, status, ...mutant }) {
  if (status !== 'Survived' && status !== 'NoCoverage') return false
  const code = original({ fileName, ...mutant })
  return !survivors.some(
    known => known.file === relative('.', fileName) && known.code === code && (known.to ?? replacement) === replacement
  )
}

/** Percent of the mutants that the tests notice, of all but those that are known to change nothing, by folder and by file. */
function scores(mutants) {
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

const paths = process.argv.length > 2 ? process.argv.slice(2).map(path => path.replace(/\/$/, '')) : ['src', 'models/train']
const mutants = []
for (const room of paths.flatMap(roomsOf)) mutants.push(...(await mutate(room)))

for (const gap of mutants.filter(isGap)) {
  const { line, column } = gap.location.start
  const verb = gap.status === 'NoCoverage' ? 'is run by no test' : `may become ${gap.replacement}`
  console.log(`${relative('.', gap.fileName)}:${line}:${column} ${original(gap)} ${verb}`)
}
console.log(`${scores(mutants)}\nsource by source: build/mutation/*.html`)
