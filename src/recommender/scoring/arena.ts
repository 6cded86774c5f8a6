/**
 * Arrays side by side in one piece of memory, which is then allocated, collected and passed to another thread once. Those of the
 * widest elements come first.
 */
export class Arena {
  readonly #buffer: ArrayBuffer
  #end = 0

  /** @param bytes of all its arrays */
  constructor(bytes: number) {
    this.#buffer = new ArrayBuffer(bytes)
  }

  bigInt64(length: number): BigInt64Array<ArrayBuffer> {
    return new BigInt64Array(this.#buffer, this.#take(8 * length), length)
  }

  int32(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#buffer, this.#take(4 * length), length)
  }

  float32(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, this.#take(4 * length), length)
  }

  #take(bytes: number): number {
    const start = this.#end
    this.#end += bytes
    return start
  }
}
