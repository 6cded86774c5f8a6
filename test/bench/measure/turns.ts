/**
 * Round by round, side after side. Each round begins with another side, so that none always follows the same one.
 *
 * @returns of each side, what each round gave
 */
export async function takeTurns<Side extends string, Service, Result>(
  sides: Partial<Record<Side, Service>>,
  rounds: number,
  turn: (service: Service, side: Side) => Promise<Result>,
  onRound: (soFar: Record<Side, Result[]>) => void = () => {}
): Promise<Record<Side, Result[]>> {
  const all = Object.entries(sides) as [Side, Service][]
  const results = Object.fromEntries(all.map(([side]) => [side, [] as Result[]])) as Record<Side, Result[]>
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < all.length; i++) {
      const [side, service] = all[(round + i) % all.length]
      results[side].push(await turn(service, side))
    }
    onRound(results)
  }
  return results
}
