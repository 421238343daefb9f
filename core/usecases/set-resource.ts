import type { Deps } from '../ports/deps.ts';
import { setResource as decideResource } from '../queue/set-resource.ts';
import { carryOut } from './carry-out.ts';
import { changeJob } from './change-job.ts';
import { readLines } from './read-facts.ts';

/** Makes a resource or changes how many units it has, and grants at once what fits then. */
export async function setResource(
  deps: Deps,
  named: { readonly scope: string; readonly name: string },
  wanted: { readonly capacity: number; readonly paused: boolean },
): Promise<void> {
  const { change } = await changeJob(deps, async () => {
    const [line] = await readLines(deps, [{ ...named, kind: 'resource' }]);
    if (line === undefined) throw new Error('a resource has one line');
    return { change: decideResource(line, wanted, deps.surroundings.now()) };
  });
  await carryOut(deps, change);
}
