import type { JobSpec } from '../contract/job-spec.ts';
import type { Job } from '../job/job.ts';
import type { Op } from '../op/op.ts';
import { type ClariveView, clariveView } from './clarive.ts';
import { type FlexView, flexView } from './flex.ts';
import { type GanetiView, ganetiView } from './ganeti.ts';
import { type HmcView, hmcView } from './hmc.ts';
import { type OracleView, oracleView } from './oracle.ts';
import { viewSubjectOf } from './view-subject.ts';

/** What `?view=` takes. */
export const VIEW_NAMES = ['oracle', 'hmc', 'clarive', 'ganeti', 'flex', 'all'] as const;

export type ViewName = (typeof VIEW_NAMES)[number];

/** A job in the vocabularies asked for. Ready to be shown: its dates are ISO 8601. */
export interface Views {
  readonly oracle?: OracleView;
  readonly hmc?: HmcView;
  readonly clarive?: ClariveView;
  readonly ganeti?: GanetiView;
  readonly flex?: FlexView;
}

/** @param ops stored ops of the job's current attempt; the views of oracle, clarive and flex need none */
export function viewsOf(job: Job, spec: JobSpec, ops: readonly Op[], which: ViewName): Views {
  switch (which) {
    case 'oracle':
      return { oracle: oracleView(viewSubjectOf(job)) };
    case 'hmc':
      return { hmc: hmcView(job, spec, ops) };
    case 'clarive':
      return { clarive: clariveView(job) };
    case 'ganeti':
      return { ganeti: ganetiView(job, spec, ops) };
    case 'flex':
      return { flex: flexView(viewSubjectOf(job)) };
    case 'all':
      return {
        oracle: oracleView(viewSubjectOf(job)),
        hmc: hmcView(job, spec, ops),
        clarive: clariveView(job),
        ganeti: ganetiView(job, spec, ops),
        flex: flexView(viewSubjectOf(job)),
      };
  }
}
