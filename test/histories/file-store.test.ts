import { pathToFileURL } from 'node:url'
import t from 'tap'
import { openFileStore } from '../../src/histories/file-store.js'
import { keepsItsPromises } from './contract.js'

const dir = t.testdir()
keepsItsPromises('a folder', async t => {
  const store = await openFileStore(pathToFileURL(`${dir}/histories`), 0)
  t.teardown(() => store.close())
  return store
})
