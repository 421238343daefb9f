/** What was read belongs to two moments, though each read was consistent: whoever decided reads again. */
export class TornReadError extends Error {
  override readonly name = 'TornReadError';
}
