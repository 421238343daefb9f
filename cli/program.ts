import { Argument, Command as Commander, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import type { Command, Parameter } from './command.ts';
import { OUTPUTS } from './context.ts';
import { flagOf, GLOBAL_OPTIONS, placeholderOf } from './global-options.ts';
import type { GlobalOptions } from './make-context.ts';

const GROUPS: Readonly<Record<string, string>> = {
  queue: 'Queues and their limits',
  resource: 'Resources that jobs share',
  lock: 'Locks that jobs hold',
  schedule: 'Jobs that are made again and again',
  action: 'What jobs may name',
  session: 'Jobs of a user interface',
  op: 'What a worker says of an op',
  profile: 'Deployments that you use',
};

const globalsSchema = z.object({
  profile: z.string().optional(),
  project: z.string().optional(),
  output: z.enum(OUTPUTS).optional(),
  quiet: z.boolean().default(false),
  noColour: z.boolean().default(false),
});

interface ProgramOptions {
  readonly version: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly run: (
    command: Command,
    given: Readonly<Record<string, unknown>>,
    globals: GlobalOptions,
  ) => Promise<void>;
}

/** The command line as commander wants it, made from what is declared. It throws instead of ending the process. */
export function makeProgram(commands: readonly Command[], options: ProgramOptions): Commander {
  const program = new Commander('jobplane')
    .description('Submit jobs, see why they wait, and set them right.')
    .version(options.version)
    .exitOverride()
    .configureOutput({ writeOut: options.out, writeErr: options.err })
    .showHelpAfterError('See --help.')
    .configureHelp({ showGlobalOptions: true });
  for (const parameter of GLOBAL_OPTIONS) program.addOption(optionOf(parameter));
  const groups = new Map<string, Commander>();
  for (const command of commands) {
    const [first = '', second] = command.name.split(' ');
    if (second === undefined) {
      add(program, first, command, options.run);
      continue;
    }
    const group = groups.get(first) ?? program.command(first).description(GROUPS[first] ?? '');
    groups.set(first, group);
    add(group, second, command, options.run);
  }
  return program;
}

function add(parent: Commander, name: string, command: Command, run: ProgramOptions['run']): void {
  const added = parent.command(name).description(describe(command)).summary(command.summary);
  for (const parameter of command.arguments) added.addArgument(argumentOf(parameter));
  for (const parameter of command.options) added.addOption(optionOf(parameter));
  added.addHelpText('after', `\nExamples:\n${command.examples.map((example) => `  ${example}`).join('\n')}`);
  added.action(async () => {
    const args = command.arguments.map(({ name }, index): [string, unknown] => [
      name,
      added.processedArgs[index],
    ]);
    const options = command.options.map((parameter): [string, unknown] => [
      parameter.name,
      givenOf(added.opts(), parameter),
    ]);
    const globals = GLOBAL_OPTIONS.map((parameter): [string, unknown] => [
      parameter.name,
      givenOf(added.optsWithGlobals(), parameter),
    ]);
    await run(
      command,
      Object.fromEntries([...args, ...options]),
      globalsSchema.parse(Object.fromEntries(globals)),
    );
  });
}

function describe({ summary, details }: Command): string {
  return details === undefined ? `${summary}.` : `${summary}.\n\n${details}`;
}

function argumentOf(parameter: Parameter): Argument {
  const argument = new Argument(
    placeholderOf({ ...parameter, value: parameter.name }),
    parameter.description,
  );
  return parameter.choices === undefined ? argument : argument.argParser(oneOf(parameter.choices));
}

function optionOf(parameter: Parameter): Option {
  const { value, isRepeatable, isRequired, choices, description } = parameter;
  const option = new Option(
    `${shortOf(parameter)}${flagOf(parameter)}${value === undefined ? '' : ` <${value}>`}`,
    description,
  );
  if (isRepeatable) option.argParser(collected);
  else if (choices !== undefined) option.argParser(oneOf(choices));
  return option.makeOptionMandatory(isRequired && value !== undefined);
}

const SHORT: Readonly<Record<string, string>> = { output: '-o, ', quiet: '-q, ', project: '-p, ' };

function shortOf(parameter: Parameter): string {
  return GLOBAL_OPTIONS.includes(parameter) ? (SHORT[parameter.name] ?? '') : '';
}

/** Commander would take what follows as more of them, too. */
function collected(value: string, before: unknown): readonly string[] {
  return [...z.array(z.string()).catch([]).parse(before), value];
}

function oneOf(choices: readonly string[]): (value: string) => string {
  return (value) => {
    if (choices.includes(value)) return value;
    throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`);
  };
}

/** Commander keeps `--no-rollback` as `rollback: false`. */
function givenOf(values: Readonly<Record<string, unknown>>, { name }: Parameter): unknown {
  const negated = /^no([A-Z])(.*)$/.exec(name);
  if (negated === null) return values[name];
  const [, first = '', rest = ''] = negated;
  return values[`${first.toLowerCase()}${rest}`] === false;
}
