import { createHash } from 'node:crypto'
import { copyFile, cp, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import t, { type Test } from 'tap'
import { type GraphProto, ModelProtoSchema, NodeProtoSchema, TensorProto_DataType } from '../../../models/train/export/onnx_pb.js'
import { decodeHistories, encodeHistories } from '../../../src/recommender/model/histories.js'
import { loadModel } from '../../../src/recommender/model/load-model.js'
import { sha256 } from '../../../src/recommender/model/manifest.js'
import { Recommender } from '../../../src/recommender/recommender.js'
import { openScorer, type Scorer } from '../../../src/recommender/scoring/scorer.js'
import { openScorerThread } from '../../../src/recommender/scoring/scorer-thread.js'
import { movies, trainCheckerboard } from '../../fixtures/checkerboard.js'
import { startApp } from '../../fixtures/doors.js'
import { editManifest, rewrite } from '../../fixtures/model-folder.js'
import { LIMITS } from '../../fixtures/recommender.js'

const good = await trainCheckerboard(t.testdir())

/** A copy of the good folder, spoiled, and what is said of it. */
async function refusal(t: Test, spoil: (dir: string) => Promise<unknown>, open = openScorer): Promise<string> {
  const dir = join(t.testdir(), 'model')
  await cp(good, dir, { recursive: true })
  await spoil(dir)
  const said = await loadModel(dir, open).then(
    () => 'nothing: it was served',
    (error: Error) => error.message
  )
  t.ok(said.startsWith(`The model folder ${dir} cannot be served. `), said)
  return said
}

const editGraph = (dir: string, edit: (graph: GraphProto) => void): Promise<void> =>
  rewrite(dir, 'model.onnx', bytes => {
    const model = fromBinary(ModelProtoSchema, bytes)
    edit(model.graph as GraphProto)
    return toBinary(ModelProtoSchema, model)
  })

t.test('a good folder is served, on this thread and on another', async t => {
  for (const open of [openScorer, openScorerThread]) {
    const recommender = new Recommender(await loadModel(good, open), LIMITS)
    const answer = await recommender.recommend({ userId: '4', n: 500 })
    t.match(answer, { source: 'history', movieIds: [4, 5] }, 'more than the graph has may be asked for')
    await recommender.close()
  }
})

t.test('a folder with titles, genres and ids of other sites has them in row order', async t => {
  const model = await loadModel(await trainCheckerboard(t.testdir(), { movies }), openScorer)
  t.match(model.items, {
    movieIds: [1, 2],
    titles: ['Movie 1', 'Movie 2'],
    years: [1991, 1992],
    genres: [['Odd'], ['Even', 'Nice']],
    imdb: ['tt0000001', 'tt0000002'],
    tmdb: ['101', '102', '103', '104', null]
  })
  await model.scorer.close()
})

t.test('a manifest may leave out how the folder was made and of what: a model of somebody else', async t => {
  const dir = join(t.testdir(), 'model')
  await cp(good, dir, { recursive: true })
  await editManifest(dir, manifest => {
    for (const name of ['command', 'data', 'hyperparameters']) delete manifest[name]
  })
  const app = await startApp(t, { MODEL_DIR: dir })
  t.match((await app.inject('/model')).json(), { name: 'board', data: {}, hyperparameters: {} })
})

t.test('a folder without histories knows nobody', async t => {
  const recommender = new Recommender(await loadModel(await trainCheckerboard(t.testdir(), { histories: false }), openScorer), LIMITS)
  t.notOk(recommender.knows('4'))
  t.equal((await recommender.recommend({ userId: '4', n: 10 })).source, 'popular')
  await recommender.close()
})

t.test('a folder that is refused late lets go of the graph that is open already', async t => {
  let closed = 0
  const open: typeof openScorer = async (...args) => {
    const scorer = await openScorer(...args)
    return { ...scorer, close: () => scorer.close().finally(() => closed++) }
  }
  await refusal(t, dir => rewrite(dir, 'items.json', () => '{}'), open)
  t.equal(closed, 1)
})

t.test('the graph is opened with one thread, or as many as are asked for', async t => {
  const asked: unknown[] = []
  const open: typeof openScorer = (dir, terms, threads, onFailure) => {
    asked.push([dir, terms, threads, onFailure])
    return openScorer(dir, terms, threads, onFailure)
  }
  const onFailure = () => {}
  for (const options of [undefined, { threads: 2, onFailure }]) await (await loadModel(good, open, options)).scorer.close()
  t.match(asked, [
    [good, { items: 10, order: false }, 1, Function],
    [good, { items: 10, order: false }, 2, onFailure]
  ])
})

t.test('a graph that opens too late is refused; in time, the limit holds nothing up', async t => {
  const late: typeof openScorer = () => sleep(150, {} as Scorer)
  await t.rejects(loadModel(good, late, { limitMs: 10 }), { message: /model\.onnx: it could not be opened and tried within 10 ms\. Set/ })
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const before = timers()
  const { scorer } = await loadModel(good, openScorer, { limitMs: 60_000 })
  t.ok(timers() <= before, 'a process need not wait until the limit is over')
  await scorer.close()
})

t.test('the cause of a refusal is what the system said', async t => {
  const causeOf = async (spoil: (dir: string) => Promise<unknown>) => {
    const dir = join(t.testdir(), 'model')
    await cp(good, dir, { recursive: true })
    await spoil(dir)
    const error = await loadModel(dir, openScorer).then(() => new Error('it was served'), (error: Error) => error) // prettier-ignore
    return (error.cause as Error).cause
  }
  t.match(await causeOf(dir => rm(join(dir, 'weights.bin'))), { code: 'ENOENT' })
  t.match(await causeOf(dir => rewrite(dir, 'items.json', () => '{')), { name: 'SyntaxError' })
  t.match(await causeOf(dir => rewrite(dir, 'histories.bin', bytes => bytes.subarray(0, 20))), { message: /^expected at least 493 bytes/ })
})

t.test('a checksum is that of the whole file, however long', async t => {
  const file = join(t.testdir(), 'long')
  const bytes = Buffer.alloc((1 << 23) + 5, 'seven..')
  await writeFile(file, bytes)
  t.equal(await sha256(file), createHash('sha256').update(bytes).digest('hex'))
  const openFiles = async () => (await readdir('/dev/fd')).length
  const before = await openFiles()
  for (let i = 0; i < 3; i++) await sha256(file)
  t.ok((await openFiles()) < before + 3, 'and lets go of it')
})

t.test('files', async t => {
  t.test('no folder at all', async t => {
    t.match(await refusal(t, dir => rm(dir, { recursive: true })), /manifest\.json: there is no such file/)
  })
  t.test('a folder in place of a file', async t => {
    const said = await refusal(t, dir => rm(join(dir, 'items.json')).then(() => mkdir(join(dir, 'items.json'))))
    t.match(said, 'items.json: expected a regular file, found a folder')
  })
  for (const name of ['model.onnx', 'weights.bin', 'items.json', 'histories.bin']) {
    t.test(`${name} is missing, cut short, edited or swapped`, async t => {
      t.match(await refusal(t, dir => rm(join(dir, name))), `${name}: there is no such file`)
      t.match(await refusal(t, dir => truncate(join(dir, name), 20)), `${name}: its SHA-256 is`)
      t.match(await refusal(t, dir => writeFile(join(dir, name), 'x', { flag: 'a' })), `${name}: its SHA-256 is`)
      t.match(await refusal(t, dir => copyFile(join(dir, 'manifest.json'), join(dir, name))), `${name}: its SHA-256 is`)
    })
  }
})

t.test('manifest', async t => {
  t.test('no JSON', async t => {
    t.match(await refusal(t, dir => truncate(join(dir, 'manifest.json'), 100)), /manifest\.json: expected JSON/)
  })
  t.test('every field that is wrong is named at once', async t => {
    const said = await refusal(t, dir =>
      editManifest(dir, manifest => {
        delete manifest.name
        manifest.items = 'ten'
        manifest.colour = 'red'
      })
    )
    t.match(said, /name: missing; expected 1 to 100 letters[^;]*; /)
    t.match(said, /; items: expected a whole number of at least 1, found "ten"/)
    t.match(said, /colour: unknown/)
  })
  t.test('of the format before: it names the command that makes the folder anew', async t => {
    const said = await refusal(t, dir => editManifest(dir, manifest => delete manifest.format))
    t.match(said, 'manifest.json: format: expected 2, found 1; make the folder anew: npm test. ')
    const bare = await refusal(t, dir => rewrite(dir, 'manifest.json', () => '{"format":3}'))
    t.match(bare, 'manifest.json: format: expected 2, found 3; make the folder anew with `npm run train`. ')
    const empty = await refusal(t, dir => rewrite(dir, 'manifest.json', () => 'null'))
    t.match(empty, 'manifest.json: format: expected 2, found 1; make the folder anew with `npm run train`. ')
  })
  t.test('ratings that do not rise', async t => {
    const said = await refusal(t, dir => editManifest(dir, manifest => manifest.ratings.reverse()))
    t.match(said, 'manifest.json: ratings: expected values that rise')
    const twice = await refusal(t, dir => editManifest(dir, manifest => manifest.ratings.push(manifest.ratings.at(-1))))
    t.match(twice, 'manifest.json: ratings: expected values that rise')
  })
  t.test('a file without its checksum', async t => {
    for (const name of ['model.onnx', 'items.json', 'histories.bin']) {
      const said = await refusal(t, dir => editManifest(dir, manifest => delete manifest.files[name]))
      t.match(said, `manifest.json: files.${name}: missing; expected its SHA-256`)
    }
  })
  t.test('one item short', async t => {
    const said = await refusal(t, async dir => {
      await editManifest(dir, manifest => manifest.items--)
    })
    t.match(said, 'items.json: ids: expected 9 entries, as the manifest says, found 10')
  })
  t.test('one item short, and so is the list of items', async t => {
    const said = await refusal(t, async dir => {
      await rewrite(dir, 'items.json', bytes => JSON.stringify({ ids: JSON.parse(bytes.toString()).ids.slice(0, 9) }))
      await editManifest(dir, manifest => {
        manifest.items--
        delete manifest.histories
      })
    })
    t.match(said, 'model.onnx: expected a graph of 9 items, as the manifest says; with all of them excluded it still offers row 9')
  })
  t.test('one item more than the graph has', async t => {
    const said = await refusal(t, async dir => {
      await rewrite(dir, 'items.json', bytes => JSON.stringify({ ids: [...JSON.parse(bytes.toString()).ids, '77'] }))
      await editManifest(dir, manifest => manifest.items++)
    })
    t.match(said, 'model.onnx: expected a graph of 11 items, as the manifest says; it fails with them')
  })
})

t.test('items', async t => {
  t.test('a title too few', async t => {
    const said = await refusal(t, dir =>
      rewrite(dir, 'items.json', bytes => JSON.stringify({ ...JSON.parse(bytes.toString()), titles: Array(9).fill('') }))
    )
    t.match(said, 'items.json: titles: expected 10 entries, as the manifest says, found 9')
  })
  t.test('columns of another kind: a few are named, not ten thousand', async t => {
    const said = await refusal(t, dir => rewrite(dir, 'items.json', () => JSON.stringify({ ids: Array(10).fill('') })))
    t.match(said, /found ""; ids\.1: /)
    t.equal(said.match(/ids\.\d: expected a text of 1 to 200 bytes without control characters or commas, found ""/g)?.length, 5, said)
    for (const [column, value] of Object.entries({
      titles: 1,
      genres: 'War',
      likes: -1,
      years: '1999',
      imdb: '114709',
      tmdb: 'tt0114709',
      colour: 1
    })) {
      const also = await refusal(t, dir =>
        rewrite(dir, 'items.json', bytes => JSON.stringify({ ...JSON.parse(bytes.toString()), [column]: Array(10).fill(value) }))
      )
      t.match(also, `items.json: ${column}`, column)
    }
  })
  t.test('no list, or a list of something else', async t => {
    for (const [columns, said] of [
      [{ ids: undefined }, 'ids: missing; expected a list'],
      [{ likes: Array(10).fill(0.5) }, 'likes.0: expected a whole number of at least 0, found 0.5'],
      [{ titles: 'x' }, 'titles: expected a list of 0 to any number of entries, each a text, found "x"'],
      [{ genres: Array(10).fill([1]) }, 'genres.0.0: expected a text, found 1'],
      [{ imdb: Array(10).fill(114709) }, 'imdb.0: expected an id of IMDb such as tt0111161, or null, found 114709'],
      [{ map: 1 }, 'map: expected an object, found 1']
    ] as const) {
      const found = await refusal(t, dir =>
        rewrite(dir, 'items.json', bytes => JSON.stringify({ ...JSON.parse(bytes.toString()), ...columns }))
      )
      t.match(found, `items.json: ${said}`)
    }
  })
  t.test('titles may come without years, and keep those that they have', async t => {
    const dir = join(t.testdir(), 'model')
    await cp(good, dir, { recursive: true })
    const titles = Array(10).fill('Matrix, The (1999)')
    await rewrite(dir, 'items.json', bytes => JSON.stringify({ ids: JSON.parse(bytes.toString()).ids, titles }))
    const { items, scorer } = await loadModel(dir, openScorer)
    t.equal(items.titles?.[0], 'The Matrix (1999)')
    await scorer.close()
  })
  t.test('a map of too few places, or without one of its axes', async t => {
    const places = Array(10).fill(0)
    for (const [map, said] of [
      [{ x: places, y: places.slice(1) }, 'items.json: map.y: expected 10 entries, as the manifest says, found 9'],
      [{ x: places }, 'items.json: map.y'],
      [{ x: places, y: Array(10).fill('0') }, 'items.json: map.y.0: expected a number, found "0"'],
      [{ x: Array(10).fill('0'), y: places }, 'items.json: map.x.0: expected a number, found "0"'],
      [{ x: places, y: places, z: places }, 'items.json: map.z: unknown; expected x or y']
    ] as const) {
      const found = await refusal(t, dir => rewrite(dir, 'items.json', bytes => JSON.stringify({ ...JSON.parse(bytes.toString()), map })))
      t.match(found, said)
    }
  })
  t.test('an id that comes twice', async t => {
    const said = await refusal(t, dir => rewrite(dir, 'items.json', () => JSON.stringify({ ids: '1,1,3,4,5,6,7,8,9,10'.split(',') })))
    t.match(said, 'items.json: ids: expected every id once')
  })
  t.test('an id that is no text, or none that a line could hold', async t => {
    for (const id of ['', 'a\nb', 'x'.repeat(201), 1]) {
      const said = await refusal(t, dir => rewrite(dir, 'items.json', () => JSON.stringify({ ids: [id, ...'abcdefghi'] })))
      t.match(
        said,
        `items.json: ids.0: expected a text of 1 to 200 bytes without control characters or commas, found ${JSON.stringify(id).slice(0, 50)}`
      )
    }
  })
})

t.test('histories', async t => {
  const edit = (t: Test, change: (table: ReturnType<typeof decodeHistories>) => void) =>
    refusal(t, dir =>
      rewrite(dir, 'histories.bin', bytes => {
        const table = decodeHistories(bytes, { users: 11, pairs: 89, items: 10, ratings: 2 })
        change(table)
        return encodeHistories(table)
      })
    )
  t.test('a row out of range, which would fail a whole batch, or a negative one, which would wrap round', async t => {
    t.match(await edit(t, ({ rows }) => rows.fill(10, 3, 4)), 'histories.bin: expected item rows from 0 to 9, found 10')
    t.match(await edit(t, ({ rows }) => rows.fill(-1, 3, 4)), 'histories.bin: expected item rows from 0 to 9, found -1')
  })
  t.test('a rating that the manifest does not list', async t => {
    const said = await edit(t, ({ ratings }) => ratings.fill(2, 3, 4))
    t.match(said, "histories.bin: expected ratings from 0 to 1, as places in the manifest's list, found 2")
  })
  t.test('offsets that fall', async t => {
    t.match(await edit(t, ({ offsets }) => offsets.fill(50, 1, 2)), 'histories.bin: expected offsets that rise from 0 to 89')
  })
  t.test('a user twice', async t => {
    t.match(await edit(t, ({ userIds }) => userIds.fill('4')), 'histories.bin: expected every user id once')
  })
  t.test('fewer than the manifest says', async t => {
    t.match(await refusal(t, dir => editManifest(dir, manifest => manifest.histories.pairs++)), 'histories.bin: expected')
  })
})

t.test('graph', async t => {
  const takes = 'takes history int64 [batch, l], weights float32 [batch, l], exclude int64 [batch, m], k int64 [1]'
  t.test('no graph', async t => {
    t.match(await refusal(t, dir => rewrite(dir, 'model.onnx', () => 'no graph')), 'model.onnx: ONNX Runtime cannot open it')
  })
  t.test('the thread says the same', async t => {
    t.match(
      await refusal(t, dir => rewrite(dir, 'model.onnx', () => 'no graph'), openScorerThread),
      'model.onnx: ONNX Runtime cannot open it'
    )
  })
  t.test('another name', async t => {
    const said = await refusal(t, dir =>
      editGraph(dir, graph => {
        graph.input[0].name = 'taste'
        for (const node of graph.node) node.input = node.input.map(name => (name === 'history' ? 'taste' : name))
      })
    )
    t.match(said, `model.onnx: expected a graph that ${takes}; this one takes taste int64 [batch, l]`)
    t.match(said, ': history is missing; taste is not known, rename it or leave it out. Set')
  })
  t.test('another type', async t => {
    const said = await refusal(t, dir =>
      editGraph(dir, graph => {
        graph.output[0].type = graph.input[0].type
        const cast = graph.node[graph.node.length - 1]
        cast.attribute[0].i = BigInt(TensorProto_DataType.INT64)
      })
    )
    t.match(said, 'expected a graph that gives items int32 [batch, k], scores float32 [batch, k]; this one gives items int64')
    t.match(said, ': items is int64, cast it to int32 in the graph. Set')
  })
  t.test('another shape', async t => {
    const said = await refusal(t, dir =>
      editGraph(dir, ({ input: [history] }) => {
        const type = history.type?.value
        if (type?.case === 'tensorType') for (const dim of type.value.shape?.dim ?? []) dim.value = { case: 'dimValue', value: 1n }
      })
    )
    t.match(said, `model.onnx: expected a graph that ${takes}; this one takes history int64 [1, 1]`)
    t.match(said, ': history has 1 as its batch, export that size as a dynamic one. Set')
  })
  t.test('an opset that is newer than ONNX Runtime', async t => {
    const said = await refusal(t, dir =>
      rewrite(dir, 'model.onnx', bytes => {
        const model = fromBinary(ModelProtoSchema, bytes)
        model.opsetImport[0].version = 99n
        return toBinary(ModelProtoSchema, model)
      })
    )
    t.match(
      said,
      /ONNX Runtime cannot open it: .* failed: .* Opset 99 .* opset \d+\. Export it with an older opset \(`opset_version` in PyTorch\)\. Set/s
    )
    t.notMatch(said, '/onnxruntime_src/')
  })
  t.test('one output more', async t => {
    const said = await refusal(t, dir =>
      editGraph(dir, graph => {
        graph.node.push(create(NodeProtoSchema, { opType: 'Identity', input: ['scores'], output: ['again'] }))
        graph.output.push({ ...graph.output[1], name: 'again' })
      })
    )
    t.match(said, 'this one gives items int32 [batch, k], scores float32 [batch, k], again float32 [batch, k]')
  })
  t.test('the output that may be there, of another type', async t => {
    const said = await refusal(t, dir =>
      editGraph(dir, graph => {
        graph.node.push(create(NodeProtoSchema, { opType: 'Identity', input: ['scores'], output: ['scored'] }))
        graph.output.push({ ...graph.output[1], name: 'scored' })
      })
    )
    t.match(said, 'gives items int32 [batch, k], scores float32 [batch, k], scored int32 [batch]; this one gives items')
  })
  t.test('factors that are not numbers, which would put a movie on top for everyone', async t => {
    const said = await refusal(t, dir => rewrite(dir, 'weights.bin', bytes => bytes.fill(0xff, 0, 16)))
    t.match(said, 'model.onnx: expected finite scores for rows 0 to 9, found NaN')
  })
})
