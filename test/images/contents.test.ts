// What is in the images, layer by layer: what they add to their bases, down to its bytes.
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FUNCTION_IMAGE, say, SERVER_IMAGE, skip } from '../fixtures/containers.js'
import { run } from '../fixtures/deploy.js'

const { SERVER_BASE = '', FUNCTION_BASE = '' } = process.env
const images = {
  server: { image: SERVER_IMAGE, base: SERVER_BASE, workdir: 'app' },
  function: { image: FUNCTION_IMAGE, base: FUNCTION_BASE, workdir: 'var/task' }
}

const LARGEST_MB = 100
const OURS = /^(package\.json|(bundle|src\/page|models\/movielens\/2|node_modules)\/.+)$/
const SECRET = /(^|\/)(\.env(\..*)?|\.git|\.npmrc|\.aws|\.ssh|id_\w+|.*\.(pem|key|p12))(\/|$)/

// https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html, and what its GCC 11 brings
const AMAZON_LINUX_2023 = { GLIBC: '2.34', GLIBCXX: '3.4.29', CXXABI: '1.3.13' }

interface File {
  /** inside the image */
  path: string
  /** on this machine, out of its layer */
  at: string
  bytes: number
}

t.test('the images', { skip }, async t => {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8'))
  const developmentOnly = Object.keys(packages).filter(path => packages[path].dev)

  for (const [name, { image, base, workdir }] of Object.entries(images))
    await t.test(`the ${name}'s`, async t => {
      const files = await addedFiles(t, image, base)
      const paths = files.map(({ path }) => path)
      const inWorkdir = paths.filter(path => path.startsWith(`${workdir}/`)).map(path => path.slice(workdir.length + 1))

      await t.test(`adds less than ${LARGEST_MB} MB to its base`, async t => {
        const mb = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
        t.ok(mb < LARGEST_MB, `${mb.toFixed(1)} MB in ${files.length} files`)
        t.ok(mb > 50, 'ONNX Runtime alone is more than that: the layers were read')
      })

      await t.test('ships nothing in one layer that a later one deletes or replaces', async t => {
        const deleted = paths.filter(path => /(^|\/)\.wh\./.test(path))
        const replaced = paths.filter((path, i) => paths.indexOf(path) !== i)
        t.same({ deleted, replaced }, { deleted: [], replaced: [] })
      })

      await t.test('holds what runs, and nothing else', async t => {
        const outside = paths.filter(path => !path.startsWith(`${workdir}/`))
        const unused = inWorkdir.filter(path => !OURS.test(path))
        const secret = inWorkdir.filter(path => SECRET.test(path))
        const forDevelopment = developmentOnly.filter(path => inWorkdir.includes(`${path}/package.json`))
        t.same({ outside, unused, secret, forDevelopment }, { outside: [], unused: [], secret: [], forDevelopment: [] })
      })

      await t.test('holds native code for its own platform only, which Amazon Linux 2023 can load', async t => {
        const native = (await Promise.all(files.map(async ({ path, at }) => ({ path, at, platform: await platformOf(at) })))).filter(
          ({ platform }) => platform
        )
        t.ok(native.length > 0, `${native.length} files`)
        const foreign = native.filter(({ platform }) => platform !== `linux ${process.arch}`)
        t.same(foreign, [])
        for (const { path, at } of native) {
          const code = await readFile(at, 'latin1')
          for (const [library, newest] of Object.entries(AMAZON_LINUX_2023)) {
            const wanted = [...code.matchAll(new RegExp(`\\b${library}_(\\d[\\d.]*)`, 'g'))].map(([, version]) => version)
            const newer = wanted.filter(version => version.localeCompare(newest, 'en', { numeric: true }) > 0)
            t.same(newer, [], `${path} needs ${library} ${newest} at most`)
          }
        }
      })
    })
})

/** The files of each layer that an image adds to its base, in the order of the layers. */
async function addedFiles(t: Test, image: string, base: string): Promise<File[]> {
  const dir = t.testdir()
  const layersOf = async (image: string): Promise<string[]> =>
    JSON.parse(await say('image', 'inspect', '--format', '{{json .RootFS.Layers}}', image))
  const [layers, baseLayers] = [await layersOf(image), await layersOf(base)]
  t.same(layers.slice(0, baseLayers.length), baseLayers, 'its base is what its Dockerfile names')

  await say('image', 'save', '--output', join(dir, 'image.tar'), image)
  await unpack(join(dir, 'image.tar'), join(dir, 'image'))
  const [{ Layers }] = JSON.parse(await readFile(join(dir, 'image', 'manifest.json'), 'utf8'))
  const added = (Layers as string[]).slice(baseLayers.length)
  return (await Promise.all(added.map((layer, i) => filesOf(join(dir, 'image', layer), join(dir, `${i}`))))).flat()
}

async function filesOf(layer: string, dir: string): Promise<File[]> {
  await unpack(layer, dir)
  const entries = (await readdir(dir, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  return Promise.all(
    entries.map(async ({ parentPath, name }) => {
      const at = join(parentPath, name)
      return { path: at.slice(dir.length + 1), at, bytes: (await stat(at)).size }
    })
  )
}

async function unpack(archive: string, dir: string): Promise<void> {
  await mkdir(dir)
  const { code, err } = await run('tar', ['-xf', archive, '-C', dir], { PATH: process.env.PATH ?? '' })
  if (code !== 0) throw new Error(err)
}

/** `linux x64`, say, of native code; nothing of other files. */
async function platformOf(path: string): Promise<string | undefined> {
  const file = await open(path)
  const { buffer: head, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0)
  await file.close()
  if (bytesRead < 20) return undefined
  if (head.readUInt32BE(0) === 0x7f454c46) return `linux ${{ 62: 'x64', 183: 'arm64' }[head.readUInt16LE(18)]}`
  if (head.toString('latin1', 0, 2) === 'MZ') return 'win32'
  return [0xcffaedfe, 0xcefaedfe, 0xcafebabe].includes(head.readUInt32BE(0)) ? 'darwin' : undefined
}
