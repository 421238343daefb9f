/** A piece of a specification. */
export type Part = Readonly<Record<string, unknown>>;

/** An op that writes its name into the journal. */
export function say(name: string, rest: Part = {}): Part {
  return { name, action: 'log', input: { message: name }, ...rest };
}

/** An op that waits for a worker. */
export function work(name: string, rest: Part = {}): Part {
  return { name, action: 'manual-work', ...rest };
}

/** An op that fails whenever it is tried. */
export function broken(name: string, rest: Part = {}): Part {
  return { name, action: 'fail', input: { code: 'Broken' }, ...rest };
}

/** With it, an op writes this into the journal when it is undone. */
export function undoneBy(message: string, rest: Part = {}): Part {
  return { rollback: { action: 'log', input: { message }, ...rest } };
}
