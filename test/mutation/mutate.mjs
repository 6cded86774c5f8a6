// Plain JavaScript, since it is run without a build: `npm run mutate -- PATH`.
import { readdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { isGap, isIn, scores } from './gaps.mjs'

/**
 * Which tests hold the promises of which code: a file belongs to the first room that it lies in. Tests of children, browsers and
 * deployments would cost minutes a mutant, and the OpenAPI test imports TypeScript that it writes. What waits for real time holds
 * its own code only.
 */
const rooms = [
  { code: ['src/recommender/scoring/watchdog.ts'], tests: /^test\/recommender\/scoring\/watchdog\./ },
  { code: ['src/recommender/model/watch-files.ts'], tests: /^test\/recommender\/model\/watch-files\./ },
  { code: ['src/recommender'], tests: /^test\/recommender\/(?!.*watch)/ },
  { code: ['models/train/export'], tests: /^test\/train\/(export|model)\// },
  { code: ['models/train'], tests: /^test\/train\/(tuning|(?!pack\/)\w+\/)/ },
  { code: ['src/metrics'], tests: /^test\/metrics\/(?!event|lambda)/ },
  {
    code: ['pressure', 'long-turns', 'security'].map(name => `src/http/security/${name}.ts`),
    tests: /^test\/http\/security\/(?!under-load)/
  },
  { code: ['src/http/security'], tests: /^test\/http\/(security\/(?!pressure|long-turns|under-load)|trust-proxy)/ },
  { code: ['src/http/routes'], tests: /^test\/http\/(routes\/|parameters|every-answer|user-ids|base-path)/ },
  {
    code: ['src'],
    tests: /^test\/(config|http\/(?!openapi|connections|security\/(pressure|long-turns|under-load))|metrics\/(?!event|lambda))/
  }
]

/** What starts the service when it is loaded; a test loads it anew each time. */
const entries = ['src/lambda.ts']

/** Programs of their own, in a process or a thread, and what passes between processes: no test can switch a mutant on in them. */
const programs = [
  'src/server.ts',
  'src/workers.ts',
  'src/metrics/all-workers.ts',
  'src/recommender/scoring/scorer-worker.ts',
  'models/train/{train,evaluate}.ts',
  'models/train/ials/ials-worker.ts'
]

/** As they are compiled, beside their sources. */
const testFilesOf = ({ tests }) =>
  readdirSync('test', { recursive: true })
    .map(file => `test/${file}`)
    .filter(file => file.endsWith('.test.ts') && tests.test(file))
    .map(file => file.replace(/ts$/, 'js'))

const roomOf = path => rooms.find(({ code }) => code.some(folder => isIn(path, folder)))

/** The paths that belong to a room: those inside it, and what of it lies inside them. */
const pathsOf = (room, paths) =>
  paths.flatMap(path => (roomOf(path) === room ? [path] : room.code.filter(folder => folder !== path && isIn(folder, path))))

function mutate(room, paths) {
  const inOtherRooms = rooms.slice(0, rooms.indexOf(room)).flatMap(({ code }) => code.map(folder => `${folder}/**`))
  const report = `build/mutation/${room.code[0].replaceAll('/', '-')}`
  return new Stryker({
    mutate: [
      ...paths.map(path => (statSync(path).isFile() ? path : `${path}/**/*.ts`)),
      ...[...programs, ...inOtherRooms].map(pattern => `!${pattern}`)
    ],
    plugins: ['tap-runner', 'gap-reporter'].map(name => resolve(`test/mutation/${name}.mjs`)),
    testRunner: 'tap-in-one-process',
    tap: { testFiles: testFilesOf(room), entries },
    // Compiled once, each file beside its source, with every mutant in it: tap's own loader would compile for each of them.
    // Tests that start the service start it from dist.
    buildCommand: 'tsc -b test/mutation . --noCheck',
    ignorePatterns: ['build', 'coverage', '.tap'],
    tempDirName: 'build/mutation/sandbox',
    // A busy machine must not pass for a mutant that never ends.
    timeoutMS: 60_000,
    timeoutFactor: 4,
    concurrency: 2,
    // A second run repeats what has changed: mutants, or the tests that they are held by.
    incremental: true,
    incrementalFile: `${report}.incremental.json`,
    // What is left open by one run after another, servers and models, adds up.
    maxTestRunnerReuse: 100,
    reporters: ['progress-append-only', 'gaps', 'html', 'json'],
    htmlReporter: { fileName: `${report}.html` },
    jsonReporter: { fileName: `${report}.json` },
    logLevel: 'error'
  }).runMutationTest()
}

const paths = process.argv.length > 2 ? process.argv.slice(2).map(path => path.replace(/\/$/, '')) : ['src', 'models/train']
const mutants = []
for (const room of rooms) {
  const mine = pathsOf(room, paths)
  if (mine.length > 0) mutants.push(...(await mutate(room, mine)))
}

console.log(`${scores(mutants)}\nsource by source: build/mutation/*.html`)
if (mutants.some(isGap)) process.exitCode = 1
