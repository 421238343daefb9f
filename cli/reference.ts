import type { Command, Parameter } from './command.ts';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';
import { flagOf, GLOBAL_OPTIONS, placeholderOf } from './global-options.ts';

/** The end of what people write in docs/cli.md: below it all is made from the declared commands. */
export const REFERENCE_MARK = '<!-- From here on made by `npm run docs:cli`. -->';

/** Exit codes and all commands, in Markdown. */
export function renderReference(commands: readonly Command[]): string {
  const codes = Object.entries(EXIT_MEANINGS).map(
    ([name, meaning]) => `- \`${Object.entries(EXIT).find(([key]) => key === name)?.[1] ?? ''}\`: ${meaning}`,
  );
  return [
    REFERENCE_MARK,
    '## Exit codes',
    codes.join('\n'),
    '## Options of every command',
    optionList(GLOBAL_OPTIONS),
    '## Commands',
    ...commands.map(section),
    '',
  ].join('\n\n');
}

function section({ name, summary, details, calls, examples, arguments: args, options }: Command): string {
  const usage = [`jobplane ${name}`, ...args.map((arg) => placeholderOf({ ...arg, value: arg.name }))];
  const required = options.filter(({ isRequired, value }) => isRequired && value !== undefined);
  const rest = options.length > required.length ? ['[options]'] : [];
  const written = [
    ...usage,
    ...required.map((option) => `${flagOf(option)} <${option.value}>`),
    ...rest,
  ].join(' ');
  return [
    `### ${name}`,
    `${summary}.${details === undefined ? '' : ` ${details}`}`,
    `\`\`\`\n${written}\n\`\`\``,
    ...(args.length + options.length === 0
      ? []
      : [[...args.map(argumentItem), ...options.map(optionItem)].join('\n')]),
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
    ...(calls.length === 0 ? [] : [`Calls ${calls.map((call) => `\`${call}\``).join(', ')}.`]),
  ].join('\n\n');
}

function optionList(options: readonly Parameter[]): string {
  return options.map(optionItem).join('\n');
}

function argumentItem(argument: Parameter): string {
  return `- \`${placeholderOf({ ...argument, value: argument.name })}\`: ${argument.description}`;
}

function optionItem(option: Parameter): string {
  const value = option.value === undefined ? '' : ` <${option.value}>`;
  const many = option.isRepeatable ? ' (may be given several times)' : '';
  return `- \`${flagOf(option)}${value}\`: ${option.description}${many}`;
}
