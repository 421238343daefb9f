import * as z from 'zod';

/**
 * The part of the Amazon States Language that our machines use, in JSONata. Strict: a field that the
 * interpreter does not know fails the parse, since a test that passes over a field tests another machine.
 * Source: https://states-language.net/spec.html
 */
const template = z.json();

const retrierSchema = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.int().min(1).default(1),
  BackoffRate: z.number().min(1).default(2),
  MaxAttempts: z.int().min(0).default(3),
  MaxDelaySeconds: z.int().min(1).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});

const catcherSchema = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  Output: template.optional(),
  Next: z.string(),
});

const seconds = z.union([z.int(), z.string()]);

const onward = { Next: z.string().optional(), End: z.literal(true).optional() };

const comment = { Comment: z.string().optional() };

const taskSchema = z.strictObject({
  Type: z.literal('Task'),
  ...comment,
  ...onward,
  Resource: z.enum(['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken']),
  Arguments: z.strictObject({ FunctionName: z.string(), Payload: template }),
  TimeoutSeconds: seconds.optional(),
  HeartbeatSeconds: seconds.optional(),
  Retry: z.array(retrierSchema).default([]),
  Catch: z.array(catcherSchema).default([]),
  Output: template.optional(),
});

const choiceSchema = z.strictObject({
  Type: z.literal('Choice'),
  ...comment,
  Choices: z.array(z.strictObject({ Condition: z.string(), Next: z.string() })).min(1),
  Default: z.string().optional(),
});

const waitSchema = z.strictObject({
  Type: z.literal('Wait'),
  ...comment,
  ...onward,
  Seconds: seconds,
});

const succeedSchema = z.strictObject({
  Type: z.literal('Succeed'),
  ...comment,
  Output: template.optional(),
});

const failSchema = z.strictObject({
  Type: z.literal('Fail'),
  ...comment,
  Error: z.string(),
  Cause: z.string(),
});

const flatSchema = z.discriminatedUnion('Type', [
  taskSchema,
  choiceSchema,
  waitSchema,
  succeedSchema,
  failSchema,
]);

/** Our Maps are inline and hold no Map of their own. */
const mapSchema = z.strictObject({
  Type: z.literal('Map'),
  ...comment,
  ...onward,
  MaxConcurrency: z.int().min(1),
  Items: z.string(),
  ItemSelector: template.optional(),
  ItemProcessor: z.strictObject({
    ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE') }),
    StartAt: z.string(),
    States: z.record(z.string(), flatSchema),
  }),
  Catch: z.array(catcherSchema).default([]),
  Output: template.optional(),
});

export const stateMachineSchema = z.strictObject({
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata'),
  StartAt: z.string(),
  States: z.record(z.string(), z.discriminatedUnion('Type', [...flatSchema.options, mapSchema])),
});

export type StateMachine = z.output<typeof stateMachineSchema>;
export type State = StateMachine['States'][string];
export type TaskState = z.output<typeof taskSchema>;
export type ChoiceState = z.output<typeof choiceSchema>;
export type MapState = z.output<typeof mapSchema>;
export type Retrier = z.output<typeof retrierSchema>;
export type Catcher = z.output<typeof catcherSchema>;

/** The states of the machine, or of the Map's items. */
export type States = Readonly<Record<string, State>>;
