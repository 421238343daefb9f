/**
 * How often somebody was let in before another who came earlier.
 *
 * @param places each one's place in the order of arrival, in the order in which they were let in
 */
export function overtakes(places: readonly number[]): number {
  return places.reduce(
    (count, place, position) => count + places.slice(position + 1).filter((later) => later < place).length,
    0,
  );
}
