import * as z from 'zod';
import { opIndexSchema } from '../../job/identifiers.ts';
import { jobShapeSchema } from './job-shape.ts';

/** Body of `POST /jobs/{id}/priority`. */
export const changePriorityBodySchema = z.strictObject({
  /** -20, most urgent, to 19. */
  priority: z.int().min(-20).max(19),
  /** Of this op alone; left out: of all that has not begun. */
  op: opIndexSchema.optional(),
});

export const priorityChangedSchema = z.strictObject({ message: z.string(), job: jobShapeSchema });
