import { randomLcg, randomNormal } from 'd3-random'
import type { Factors } from '../../../models/train/export/factors.js'
import type { Ratings } from '../../../models/train/data/ratings.js'
import { counts } from '../../../models/train/data/sparse-rows.js'
import { likesOf } from '../../../models/train/data/likes.js'

export interface Size {
  items: number
  dimensions: number
  users: number
}

/** Tastes: directions around which items gather. A user has three of them. */
const TASTES = 32
/** How far an item lies from its taste, against the length of that. */
const SPREAD = 1
/** A like is a rating of at least this. */
export const LIKE = 4

/**
 * Norm of an item by its rank in popularity. (1 + rank/1000)^-0.9 follows the norms of the default model, from its
 * first item to its six-thousandth, within a tenth; a model of more ratings stays level for longer. With 3000, a
 * top-10 needs as many rows as in iALS models that were trained on millions of ratings: four to eight thousand, of
 * 62,000 as of a million.
 */
export const normAt = (rank: number): number => 1.8 * (1 + rank / 3000) ** -0.9

/** Views of an item by its rank, relative to the first: fitted to the likes of the default model. */
export const viewsAt = (rank: number): number => (1 + rank / 50) ** -1.1

/** Length of a history: log-normal, median 71 and mean 165 as on MovieLens, and no more than its longest. */
const lengthOf = (normal: number): number => Math.min(2698, Math.max(20, Math.round(71 * Math.exp(1.22 * normal))))

/**
 * A model as iALS leaves it, drawn instead of trained: norms that fall with popularity, directions that gather around
 * tastes. Rows are in order of popularity; movie ids are 1, 2, 3 …; the same size gives the same model.
 */
export function synthetic({ items, dimensions: d, users }: Size): { factors: Factors; ratings: Ratings } {
  const random = randomLcg(1)
  const normal = randomNormal.source(random)(0, 1)
  const taste = Int32Array.from({ length: items }, () => Math.floor(random() * TASTES))
  const factors = drawFactors(taste, d, random, normal)
  const ratings = drawRatings(taste, users, random, normal)
  const popularity = prior(counts(likesOf(ratings, LIKE).byItem))
  return { factors: { items, dimensions: d, factors, popularity, fade: 1e6 }, ratings }
}

/** The share of each item in the likes of the most liked one. It fades at once: a short history decides alone. */
function prior(likes: Int32Array): Float32Array {
  const most = likes.reduce((most, count) => Math.max(most, count), 1)
  return Float32Array.from(likes, count => count / most)
}

function drawFactors(taste: Int32Array, d: number, random: () => number, normal: () => number): Float32Array {
  const centres = Array.from({ length: TASTES }, () => unit(Float64Array.from({ length: d }, normal)))
  const factors = new Float32Array(taste.length * d)
  const width = 2 * SPREAD * Math.sqrt(3 / d)
  for (const [item, mine] of taste.entries()) {
    const y = factors.subarray(item * d, (item + 1) * d)
    const centre = centres[mine]
    let square = 0
    for (let k = 0; k < d; k++) {
      y[k] = centre[k] + width * (random() - 0.5)
      square += y[k] * y[k]
    }
    const scale = (normAt(item) * Math.exp(0.1 * normal())) / Math.sqrt(square)
    for (let k = 0; k < d; k++) y[k] *= scale
  }
  return factors
}

function drawRatings(taste: Int32Array, users: number, random: () => number, normal: () => number): Ratings {
  const all = urn(Int32Array.from(taste.keys()), random)
  const byTaste = Array.from({ length: TASTES }, (_, wanted) =>
    urn(
      Int32Array.from(taste.keys()).filter(item => taste[item] === wanted),
      random
    )
  )
  const user: number[] = []
  const item: number[] = []
  for (let who = 0; who < users; who++) {
    const [first, second, third] = Array.from({ length: 3 }, () => byTaste[Math.floor(random() * TASTES)])
    const draw = (): number => {
      const which = random()
      return (which < 0.48 ? first : which < 0.67 ? second : which < 0.8 ? third : all)()
    }
    const seen = new Set<number>()
    const length = Math.min(lengthOf(normal()), taste.length >> 1)
    // Whoever has seen most of what they like draws the same again and again: enough is enough.
    for (let tries = 0; seen.size < length && tries < 20 * length; tries++) seen.add(draw())
    for (const row of seen) {
      user.push(who)
      item.push(row)
    }
  }
  return {
    userIds: Array.from({ length: users }, (_, who) => `${who + 1}`),
    movieIds: Array.from({ length: taste.length }, (_, row) => `${row + 1}`),
    user: Int32Array.from(user),
    item: Int32Array.from(item),
    rating: Float32Array.from(user, () => (random() < 0.5 ? LIKE + 1 : LIKE - 1)),
    timestamp: Float64Array.from(user.keys())
  }
}

/** Draws items by their views. */
function urn(items: Int32Array, random: () => number): () => number {
  const upTo = new Float64Array(items.length)
  let total = 0
  for (const [at, item] of items.entries()) upTo[at] = total += viewsAt(item)
  return () => {
    const wanted = random() * total
    let low = 0
    let high = items.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle] > wanted) high = middle
      else low = middle + 1
    }
    return items[low]
  }
}

function unit(vector: Float64Array): Float64Array {
  const norm = Math.hypot(...vector)
  return vector.map(value => value / norm)
}
