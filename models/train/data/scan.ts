import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import { pipeline as write } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

/** What the bytes of a file say about it. */
export interface Scan {
  kind: 'text' | 'json' | 'parquet'
  isGzip: boolean
  encoding: 'utf-8' | 'latin-1'
  /** its first line that is not blank, and how many blank ones stand before it */
  firstLine: string
  blankLines: number
  /** lines end with LF here and with CRLF there */
  isMixed: boolean
}

type TextScan = Pick<Scan, 'encoding' | 'firstLine' | 'blankLines' | 'isMixed'>

/** First bytes of what is not read, and what to do about it. */
const REFUSED: [bytes: string, sentence: string][] = [
  ['504b0304', 'this is a zip archive or an Excel workbook: unpack it, or save the sheet as CSV'],
  ['425a68', 'this is packed with bzip2: unpack it first (bunzip2), or pack it with gzip'],
  ['fd377a585a00', 'this is packed with xz: unpack it first (unxz), or pack it with gzip'],
  ['28b52ffd', 'this is packed with Zstandard: unpack it first (unzstd), or pack it with gzip'],
  ['377abcaf271c', 'this is a 7-Zip archive: unpack it first'],
  ['526172211a07', 'this is a RAR archive: unpack it first'],
  ['d0cf11e0a1b11ae1', 'this is an old Excel workbook: save the sheet as CSV'],
  ['53514c69746520666f726d6174203300', 'this is an SQLite database: export the table as CSV'],
  ['255044462d', 'this is a PDF document: expected CSV, JSON lines or Parquet'],
  ['fffe', 'this is UTF-16: save it as UTF-8'],
  ['feff', 'this is UTF-16: save it as UTF-8']
]

/**
 * Reads a file once, whole: whether it is packed, which encoding it has, whether anything is cut off.
 *
 * @throws Error that says what the file is, where it cannot be read
 */
export async function scan(file: string): Promise<Scan> {
  const name = basename(file)
  const head = await firstBytes(file)
  const refused = REFUSED.find(([bytes]) => head.toString('hex').startsWith(bytes))
  if (refused) throw new Error(`${name}: ${refused[1]}`)
  const plain: TextScan = { encoding: 'utf-8', firstLine: '', blankLines: 0, isMixed: false }
  if (head.subarray(0, 4).toString() === 'PAR1') return { kind: 'parquet', isGzip: false, ...plain }
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  if (file.endsWith('.gz') && !isGzip) throw new Error(`${name}: expected gzip data, as the name says, found none: name it without .gz`)
  const text = await scanText(file, name, isGzip)
  if (/^<(!doctype|html|\?xml)/i.test(text.firstLine))
    throw new Error(`${name}: this is a web page or XML: expected CSV, JSON lines or Parquet`)
  return { kind: /^\s*[[{]/.test(text.firstLine) ? 'json' : 'text', isGzip, ...text }
}

/** Copies a text that is no UTF-8: what Windows calls 1252 has all of Latin-1 and typographic quotes besides. */
export async function writeAsUtf8(file: string, { isGzip }: Scan, copy: string): Promise<void> {
  const decoder = new TextDecoder('windows-1252')
  const texts = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  }
  await write(bytesOf(file, isGzip), texts, createWriteStream(copy))
}

/** The SHA-256 of the bytes of all files, one after the other. */
export async function sha256Of(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`, { cause: error })
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(32), 0, 32, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`${file}: ${code === 'EISDIR' ? "this is a folder: name its files, or all of them as 'FOLDER/*.csv'" : message}`, {
      cause: error
    })
  } finally {
    await handle.close()
  }
}

async function scanText(file: string, name: string, isGzip: boolean): Promise<TextScan> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let head = ''
  let encoding: Scan['encoding'] = 'utf-8'
  let isUtf8Elsewhere = false
  try {
    for await (const chunk of bytesOf(file, isGzip)) {
      if (head.length < 65_536) head += chunk.toString('latin1')
      if (chunk.includes(0)) throw await at(file, isGzip, line => line.includes(0), 'expected text, found a byte that is 0')
      if (encoding === 'latin-1') continue
      try {
        isUtf8Elsewhere ||= decoder.decode(chunk, { stream: true }).length < chunk.length - 3
      } catch {
        encoding = 'latin-1'
        // Whichever of the two encodings is taken, some of the text would be garbled.
        if (isUtf8Elsewhere || /[\xc3-\xf4][\x80-\xbf]/.test(chunk.toString('latin1')))
          throw await at(file, isGzip, line => !isUtf8(line), 'this is not UTF-8, but other lines are: save the file as UTF-8')
      }
    }
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error
    throw new Error(`${name}: expected gzip data, found some that is cut off or damaged: ${(error as Error).message}`, { cause: error })
  }
  const lines = head.replace(/^\xef\xbb\xbf/, '').split(/\r\n|\n|\r/)
  const blankLines = lines.findIndex(line => line.trim() !== '')
  return {
    encoding,
    firstLine: blankLines < 0 ? '' : lines[blankLines],
    blankLines: Math.max(0, blankLines),
    isMixed: /\r\n/.test(head) && /[^\r]\n/.test(head)
  }
}

function bytesOf(file: string, isGzip: boolean): AsyncIterable<Buffer> {
  const source = createReadStream(file, { highWaterMark: 1 << 20 })
  // The iteration rejects with any failure of the pipeline, so the callback has nothing to do.
  return isGzip ? pipeline(source, createGunzip({ chunkSize: 1 << 20 }), () => {}) : source
}

/** An error at the first line for which `test` holds. */
async function at(file: string, isGzip: boolean, test: (line: Buffer) => boolean, sentence: string): Promise<Error> {
  let number = 1
  let rest = Buffer.alloc(0)
  for await (const chunk of bytesOf(file, isGzip)) {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (test(rest.subarray(0, end))) return new Error(`${basename(file)}:${number}: ${sentence}`)
      rest = rest.subarray(end + 1)
      number++
    }
  }
  return new Error(`${basename(file)}:${number}: ${sentence}`)
}
