import { randomLcg } from 'd3-random'
import { UMAP } from 'umap-js'
import type { Factors } from '../export/factors.js'

/** How many leading directions of the rows are looked at: more show what single people saw, not what is alike. */
const DIRECTIONS = 32
const UMAP_OPTIONS = { nNeighbors: 15, minDist: 0.3, nEpochs: 200 }
/** So many films lie where UMAP puts them, more or less; the islands farther out are moved in, so that the middle has room. */
const INSIDE = 0.9

/** A place for each item, to four digits; the longer side of the map is 1. */
export interface FilmMap {
  x: number[]
  y: number[]
}

type Place = number[]

/**
 * Lays films out in a plane, so that those which are alike lie near each other: UMAP on the directions of the rows, where
 * distance follows the cosine. https://arxiv.org/abs/1802.03426
 *
 * @param rows leading directions first
 */
export function filmMap(rows: Factors, seed: number): FilmMap {
  // UMAP needs more films than neighbours. So few can stand in a line.
  const places =
    rows.items > UMAP_OPTIONS.nNeighbors
      ? movedIn(new UMAP({ ...UMAP_OPTIONS, random: randomLcg(seed) }).fit(directionsOf(rows)))
      : Array.from({ length: rows.items }, (_, item): Place => [item, 0])
  const [left, bottom] = [0, 1].map(axis => least(places, axis))
  const side = Math.max(...[left, bottom].map((from, axis) => -least(places, axis, -1) - from)) || 1
  return { x: places.map(([x]) => round((x - left) / side)), y: places.map(([, y]) => round((y - bottom) / side)) }
}

/** The rows, cut to their leading columns, of length 1. */
function directionsOf({ items, dimensions: d, factors }: Factors): number[][] {
  return Array.from({ length: items }, (_, item) => {
    const row = Array.from(factors.subarray(item * d, item * d + Math.min(d, DIRECTIONS)))
    const norm = Math.hypot(...row) || 1
    return row.map(value => value / norm)
  })
}

/** Shortens the distance r from the middle to R·tanh(r / R), where R is that of the last film inside. */
function movedIn(places: Place[]): Place[] {
  const middle = [0, 1].map(axis => atShare(0.5, places.map(place => place[axis]))) // prettier-ignore
  const distances = places.map(place => Math.hypot(place[0] - middle[0], place[1] - middle[1]))
  const most = atShare(INSIDE, distances)
  return places.map((place, i) => {
    const factor = distances[i] > 0 ? (most * Math.tanh(distances[i] / most)) / distances[i] : 1
    return place.map((value, axis) => (value - middle[axis]) * factor)
  })
}

const atShare = (share: number, values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]

const least = (places: Place[], axis: number, sign = 1): number =>
  places.reduce((least, place) => Math.min(least, sign * place[axis]), Number.POSITIVE_INFINITY)

const round = (value: number): number => Math.round(value * 1e4) / 1e4
