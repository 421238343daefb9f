import type { LivenessPolicy } from '../../core/job/live-segment.ts';

/** Looks at an execution as the deployment has them: 5 minutes to 6 hours. */
export const LIVENESS: LivenessPolicy = { firstSeconds: 300, maxSeconds: 21_600 };
