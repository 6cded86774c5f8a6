import { fileURLToPath } from 'node:url'
import { v8Options } from '../fixtures/shipped.js'

// This file runs as build/test/bench/paths.js.
const path = (from: string): string => fileURLToPath(new URL(from, import.meta.url))

export const ROOT = path('../../../')
/** The service as it is shipped. */
export const BUNDLE = path('../../../bundle/')
/** What Node is given to run a script as the service runs where it is shipped. */
export const asShipped = (script: string): string[] => [...v8Options(), script]
export const shipped = (): string[] => asShipped(`${BUNDLE}server.js`)
/** The same, compiled file by file. */
export const DIST = path('../../../dist/')
export const compiled = (): string[] => asShipped(`${DIST}server.js`)
/** The compiled scripts of this folder, and what they read beside themselves. */
export const script = (name: string): string => path(`./${name}`)
export const source = (name: string): string => path(`../../../test/bench/${name}`)
/** Catalogues that were generated, and whatever else may be thrown away. */
export const CACHE = path('../../bench/')
