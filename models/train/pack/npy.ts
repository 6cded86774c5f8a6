import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { parse } from 'npyjs'
import { openPromise } from 'yauzl'

/** An array as numpy saves it, in the order of C. */
export interface Numpy {
  shape: number[]
  values: ArrayLike<number>
}

/** @throws Error when the file is no array of numbers */
export async function readNpy(file: string): Promise<Numpy> {
  const handle = await open(file)
  try {
    const bytes = new Uint8Array((await handle.stat()).size)
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(bytes.length - at, 1 << 30), at)
      if (bytesRead === 0) throw new Error(`${basename(file)}: it became shorter while it was read`)
      at += bytesRead
    }
    return numpyOf(bytes.buffer, basename(file))
  } finally {
    await handle.close()
  }
}

/** The arrays of an archive, by name, of which only those that are asked for are read. */
export interface Archive {
  names: string[]
  has(...names: string[]): boolean
  array(name: string): Promise<Numpy>
  /** a text, as scipy says the format of a matrix */
  text(name: string): Promise<string>
}

/** Opens what `numpy.savez`, `numpy.savez_compressed` and `scipy.sparse.save_npz` write, for as long as `use` takes. */
export async function withNpz<Result>(file: string, use: (archive: Archive) => Promise<Result>): Promise<Result> {
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false }).catch(error => {
    throw new Error(`${basename(file)}: expected an .npz archive of numpy: ${(error as Error).message}`, { cause: error })
  })
  try {
    const entries = new Map<string, Parameters<typeof zip.openReadStreamPromise>[0]>()
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName.replace(/\.npy$/, ''), entry)
    const read = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
      const entry = entries.get(name)
      if (!entry) throw new Error(`${basename(file)}: expected an array ${name}, found ${[...entries.keys()].join(', ')}`)
      const bytes = new Uint8Array(entry.uncompressedSize)
      let at = 0
      for await (const chunk of await zip.openReadStreamPromise(entry)) {
        bytes.set(chunk as Buffer, at)
        at += (chunk as Buffer).length
      }
      return bytes
    }
    return await use({
      names: [...entries.keys()],
      has: (...names) => names.every(name => entries.has(name)),
      array: async name => numpyOf((await read(name)).buffer, `${basename(file)}: ${name}`),
      // npyjs reads no texts of bytes: one comes after the line of the header.
      text: async name =>
        Buffer.from(await read(name))
          .toString('latin1')
          .split('\n')
          .slice(1)
          .join('\n')
          .replaceAll('\0', '')
    })
  } finally {
    zip.close()
  }
}

function numpyOf(buffer: ArrayBuffer, name: string): Numpy {
  try {
    const { data, shape, fortranOrder } = parse(buffer)
    const values = data as unknown as ArrayLike<number | bigint>
    const length = shape.reduce((product, size) => product * size, 1)
    if (values.length < length) throw new Error(`expected ${length} values, found ${values.length}: it is cut short`)
    const numbers = typeof values[0] === 'bigint' ? Float64Array.from(values, Number) : (values as ArrayLike<number>)
    return { shape, values: fortranOrder && shape.length === 2 ? turned(numbers, shape) : numbers }
  } catch (error) {
    throw new Error(`${name}: expected an array of numbers as numpy saves it: ${(error as Error).message}`, { cause: error })
  }
}

/** Columns one after the other become rows one after the other. */
function turned(values: ArrayLike<number>, [rows, columns]: number[]): Float32Array {
  const byRow = new Float32Array(rows * columns)
  for (let column = 0; column < columns; column++)
    for (let row = 0; row < rows; row++) byRow[row * columns + column] = values[column * rows + row]
  return byRow
}
