import * as z from 'zod';
import type { ApiRequest } from './api/api-client.ts';
import { readAnswer } from './api/read-answer.ts';
import type { RouteCalled } from './api/routes.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import type { Style } from './render/style.ts';
import { show } from './show.ts';

/** How an argument or an option is shown and read. */
interface Shown {
  readonly description: string;
  /** What stands for its value; an option without one is a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
}

const shownRegistry = z.registry<Shown>();

/** An argument or an option as the program, its help, the completion and the reference need it. */
export interface Parameter extends Shown {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isRepeatable: boolean;
}

/** A command, declared: the program, its help, the completion and docs/cli.md are made from this. */
export interface Command {
  /** `queue put`: a group and its command. */
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly calls: readonly RouteCalled[];
  readonly examples: readonly string[];
  readonly arguments: readonly Parameter[];
  readonly options: readonly Parameter[];
  run(given: Readonly<Record<string, unknown>>, context: Context): Promise<ExitCode>;
}

interface Declaration<Arguments extends z.ZodRawShape, Options extends z.ZodRawShape> {
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly calls: readonly RouteCalled[];
  readonly examples: readonly string[];
  readonly arguments: Arguments;
  readonly options: Options;
}

type Input<Arguments extends z.ZodRawShape, Options extends z.ZodRawShape> = z.output<
  z.ZodObject<Arguments>
> &
  z.output<z.ZodObject<Options>>;

/** A command that does more than one request. */
export function command<Arguments extends z.ZodRawShape, Options extends z.ZodRawShape>(
  declaration: Declaration<Arguments, Options> & {
    run(input: Input<Arguments, Options>, context: Context): Promise<ExitCode>;
  },
): Command {
  const { arguments: args, options, run, ...shown } = declaration;
  return {
    ...shown,
    arguments: Object.entries(args).map(parameterOf),
    options: Object.entries(options).map(parameterOf),
    run: async (given, context) => run({ ...read(args, given), ...read(options, given) }, context),
  };
}

/** A command that is one request and shows its answer. */
export function request<
  Arguments extends z.ZodRawShape,
  Options extends z.ZodRawShape,
  Answer extends z.ZodType,
>(
  declaration: Omit<Declaration<Arguments, Options>, 'calls'> & {
    readonly calls: RouteCalled;
    readonly answer: Answer;
    /** @param project that is meant, if it was said */
    request(input: Input<Arguments, Options>, project: string | undefined): Omit<ApiRequest, 'route'>;
    render(value: z.output<Answer>, style: Style): string;
  },
): Command {
  const { calls: route, answer, request: requestOf, render, ...rest } = declaration;
  return command({
    ...rest,
    calls: [route],
    async run(input, context) {
      const api = await context.api();
      const { body } = await api.askUnread({ route, ...requestOf(input, await context.project()) });
      show(context, body, () => render(readAnswer(answer, body), context.style));
      return EXIT.ok;
    },
  });
}

/** Text of an argument or an option that may be left out. */
export function text(value: string, description: string) {
  return z.string().optional().register(shownRegistry, { value, description });
}

export function requiredText(value: string, description: string) {
  return z.string().register(shownRegistry, { value, description });
}

/** May be given several times; of an argument: one or more. */
export function texts(value: string, description: string) {
  return z.array(z.string()).default([]).register(shownRegistry, { value, description });
}

export function flag(description: string) {
  return z.boolean().default(false).register(shownRegistry, { description });
}

/** @param value what stands for it where the choices are too many to be listed */
export function choice<const Choices extends readonly string[]>(
  choices: Choices,
  description: string,
  value = choices.join('|'),
) {
  return z.enum(choices).optional().register(shownRegistry, { value, choices, description });
}

export function requiredChoice<const Choices extends readonly string[]>(
  choices: Choices,
  description: string,
) {
  return z.enum(choices).register(shownRegistry, { value: choices.join('|'), choices, description });
}

/** The API knows its bounds, and says them. */
export function wholeNumber(value: string, description: string) {
  return z.coerce.number().int().optional().register(shownRegistry, { value, description });
}

export function requiredWholeNumber(value: string, description: string) {
  return z.coerce.number().int().register(shownRegistry, { value, description });
}

function parameterOf([name, schema]: readonly [string, z.core.$ZodType]): Parameter {
  const shown = shownRegistry.get(schema);
  if (shown === undefined) throw new Error(`the parameter ${name} is not described`);
  const isOptional = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
  const isRepeatable = schema instanceof z.ZodDefault && schema.def.innerType instanceof z.ZodArray;
  return { ...shown, name, isRequired: !isOptional, isRepeatable };
}

function read<Shape extends z.ZodRawShape>(
  shape: Shape,
  given: Readonly<Record<string, unknown>>,
): z.output<z.ZodObject<Shape>> {
  const read = z.object(shape).safeParse(given);
  if (read.success) return read.data;
  const said = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Failure(said.join('; '), { exitCode: EXIT.usage, advice: 'See --help.' });
}
