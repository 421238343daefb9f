import { childrenCrowd } from '../e2e/support/children-crowd.ts';
import type { Bench } from './bench-stack.ts';
import type { Section } from './report.ts';

const CHILDREN = 1_000;

/** Children of one batch, as the design counts them, and what its target allows beside. */
const TARGET = CHILDREN / 25 + 4;

const WITHIN_MS = 1_800_000;

/** A thousand children fan out and join while processes are killed at random. */
export async function measureChildren({ stack }: Bench): Promise<Section> {
  const crowd = await childrenCrowd(stack, CHILDREN, WITHIN_MS);
  const ids = crowd.listed.flatMap(({ id }) => id ?? []);
  const well = crowd.listed.filter(({ status }) => status === 'COMPLETED_OK').length;
  return {
    title: `${CHILDREN} children, with ${crowd.killed} processes killed meanwhile`,
    figures: [
      {
        name: 'states entered by the fan-out',
        value: crowd.transitions.childJobs,
        unit: 'states',
        target: TARGET,
      },
      { name: "states entered by the parent's execution", value: crowd.transitions.job, unit: 'states' },
      { name: 'children lost', value: CHILDREN - well, unit: 'jobs', target: 0 },
      {
        name: 'children made twice',
        value: crowd.stored.length - new Set(ids).size,
        unit: 'jobs',
        target: 0,
      },
      { name: 'from submission to the end', value: crowd.seconds, unit: 's' },
    ],
    notes: [`The parent ended as ${crowd.parent.status}.`],
  };
}
