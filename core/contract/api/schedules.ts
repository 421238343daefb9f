import * as z from 'zod';
import { scheduleSettingsSchema } from '../../schedule/schedule.ts';
import { cursorSchema, projectSchema, wholeNumber } from './parameters.ts';
import { scheduleShapeSchema } from './schedule-shape.ts';

const LIMIT = { min: 1, max: 100, default: 50 } as const;

/** `GET /schedules`. */
export const listSchedulesQuerySchema = z.strictObject({
  project: projectSchema.optional(),
  limit: wholeNumber(LIMIT).default(LIMIT.default),
  cursor: cursorSchema.optional(),
});

/** Oldest first. */
export const scheduleListSchema = z.strictObject({
  items: z.array(scheduleShapeSchema),
  cursor: z.string().optional(),
});

/** Body of `POST /schedules`. The answer is the schedule. */
export const createScheduleBodySchema = scheduleSettingsSchema.extend({ project: projectSchema.optional() });

/** Body of `PUT /schedules/{id}`: all that may be set, since what is left out gets its default. */
export const editScheduleBodySchema = scheduleSettingsSchema.extend({
  /** The version that it was read at: refused when somebody has edited it since. */
  version: z.int().min(1).optional(),
});
