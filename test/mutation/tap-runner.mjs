// A plug-in of Stryker: runs tap's test files again and again in one process, where all that they import is loaded already. A file
// takes milliseconds that way. As a process of its own it takes a second or two, and there are thousands of mutants.
import { register } from 'node:module'
import { basename, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { performance } from 'node:perf_hooks'
import { clearInterval, setInterval } from 'node:timers'
import { setTest } from './current-test.mjs'

register('./tap-hooks.mjs', import.meta.url)

const project = fileURLToPath(new URL('../..', import.meta.url))

/** Where the compiled code looks which mutant is switched on, and notes what it has run. */
const stryker = (globalThis.__stryker__ ??= {})

let runs = 0

/** tap takes the folder that it is loaded in for the project's, and a process that has a parent for one that tap has started. */
async function loadTap() {
  // A busy machine must not pass for a test that fails.
  process.env.TAP_TIMEOUT = '0'
  const { send } = process
  process.send = undefined
  const { Test } = await import('tap')
  process.send = send
  return Test
}

/** Runs a test file until one of its tests fails. @returns undefined where all is well */
async function failureOf(file, Test) {
  const run = `${process.pid}-${++runs}`
  const test = new Test({
    name: file,
    // No run meets the files of another.
    testdir: resolve('.tap', run),
    cb: async t => {
      setTest(t)
      await import(`${pathToFileURL(resolve(file))}?${run}`)
    }
  })
  test.resume()
  const watch = watchForIdleness()
  const isStuck = await Promise.race([new Promise(done => test.runMain(() => done(false))), watch.idle])
  watch.stop()
  if (isStuck) return { isStuck, message: 'what it waits for did not come' }
  if (test.passing()) return undefined
  return { message: test.results?.failures.map(({ name }) => name).join(', ') || 'failed without a word' }
}

const TICK_MS = 250

/** How long it waits for what may still come from outside, and for nothing at all: then a process of its own would end. */
const [PATIENCE_MS, EMPTY_MS] = [10_000, 2_000]

/** Nothing is open but the pipes to Stryker and the timer below. */
const isEmpty = () => process.getActiveResourcesInfo().filter(name => name !== 'PipeWrap').length <= 1

/** A child may be at work for longer, and this process sees nothing of it: Stryker's own limit holds. */
const hasChild = () => process.getActiveResourcesInfo().includes('ProcessWrap')

/**
 * `idle` resolves to true when neither the event loop nor another thread has had anything to do for so long that what the test waits for
 * will not come. A process that waits for a processor is not idle, and one that is stopped has no ticks.
 */
function watchForIdleness() {
  let timer
  const idle = new Promise(done => {
    let ticks = 0
    let [loop, cpu] = [performance.eventLoopUtilization(), process.cpuUsage()]
    timer = setInterval(() => {
      const { utilization } = performance.eventLoopUtilization(loop)
      const { user, system } = process.cpuUsage(cpu)
      ;[loop, cpu] = [performance.eventLoopUtilization(), process.cpuUsage()]
      const isBusy = utilization > 0.05 || user + system > 0.05 * 1000 * TICK_MS || hasChild()
      ticks = isBusy ? 0 : ticks + 1
      if (ticks * TICK_MS >= (isEmpty() ? EMPTY_MS : PATIENCE_MS)) done(true)
    }, TICK_MS)
  })
  return { idle, stop: () => clearInterval(timer) }
}

function switchOn(mutantId) {
  stryker.activeMutant = mutantId
  // Threads and processes that the tests start take it from there.
  if (mutantId === undefined) delete process.env.__STRYKER_ACTIVE_MUTANT__
  else process.env.__STRYKER_ACTIVE_MUTANT__ = mutantId
}

/** Of a file's promises, most are in the test file of the same name. */
function namesakeFirst(files, source) {
  const isNamesake = file => basename(file, '.test.js') === basename(source, '.ts')
  return [...files.filter(isNamesake), ...files.filter(file => !isNamesake(file))]
}

/** The mutant must be why a file fails, and nothing that it or another has left behind, nor a busy machine: without it, the file passes. */
async function demandHealth(file, Test) {
  const failure = await failureOf(file, Test)
  if (failure) throw new Error(`${file} fails without a mutant, too: ${failure.message}`)
}

class TapRunner {
  static inject = ['options', 'fileDescriptions']

  constructor({ tap: { testFiles, entries } }, fileDescriptions) {
    this.files = testFiles
    this.modules = Object.entries(fileDescriptions)
      .filter(([, { mutate }]) => mutate)
      .map(([file]) => relative(project, file))
      .filter(file => !entries.includes(file))
      .map(file => file.replace(/ts$/, 'js'))
  }

  async init() {
    this.Test = await loadTap()
  }

  capabilities() {
    return { reloadEnvironment: false }
  }

  async dryRun() {
    // What runs when a module is loaded belongs to no test file: such a mutant needs a process of its own.
    for (const file of this.modules) await import(pathToFileURL(resolve(file)))
    const tests = []
    for (const file of this.files) {
      stryker.currentTestId = file
      const start = performance.now()
      const failure = await failureOf(file, this.Test)
      stryker.currentTestId = undefined
      if (failure) return { status: 'error', errorMessage: `${file}: ${failure.message}` }
      tests.push({ id: file, name: file, fileName: file.replace(/\.js$/, '.ts'), status: 0, timeSpentMs: performance.now() - start })
    }
    // The quickest first: most mutants need no other.
    tests.sort((a, b) => a.timeSpentMs - b.timeSpentMs)
    const { static: atLoad, perTest } = stryker.mutantCoverage ?? { static: {}, perTest: {} }
    return {
      status: 'complete',
      tests,
      mutantCoverage: { static: atLoad, perTest: Object.fromEntries(tests.map(({ id }) => [id, perTest[id] ?? {}])) }
    }
  }

  /** A mutant without a list of test files acts when its module is loaded: Stryker gives it a process of its own. */
  async mutantRun({ activeMutant, testFilter }) {
    if (this.isSpent) throw new Error('A test that never ended is still under way: this process runs no other.')
    const files = testFilter ?? namesakeFirst(this.files, activeMutant.fileName)
    for (const file of files) {
      switchOn(activeMutant.id)
      const failure = await failureOf(file, this.Test)
      switchOn(undefined)
      this.isSpent = failure?.isStuck
      if (this.isSpent) return { status: 'timeout', reason: `${file}: ${failure.message}` }
      if (failure) {
        if (testFilter) await demandHealth(file, this.Test)
        return { status: 'killed', killedBy: [file], failureMessage: failure.message, nrOfTests: files.indexOf(file) + 1 }
      }
    }
    return { status: 'survived', nrOfTests: files.length }
  }
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'tap-in-one-process', injectableClass: TapRunner }]

export const strykerValidationSchema = { properties: { tap: { type: 'object' } } }
