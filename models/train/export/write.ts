import { writeFile } from 'node:fs/promises'

/** @throws Error that names the file, as `ENOSPC: no space left on device, write` does not */
export async function write(file: string, content: Uint8Array | string): Promise<void> {
  await writeFile(file, content).catch((error: Error) => {
    throw new Error(`${file}: ${error.message}`, { cause: error })
  })
}
