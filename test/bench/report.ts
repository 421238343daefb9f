import type { Spread } from './spread.ts';

/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** At most this; a number without a target is for information. */
  readonly target?: number;
  /** At least this. */
  readonly targetAtLeast?: number;
  /** How what was measured lies, when it was measured more than once; `value` is of it. */
  readonly spread?: Spread;
}

/** Numbers of one matter, how they came about and what they cannot show. */
export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

/** Something that did not run. */
export interface Failure {
  readonly title: string;
  readonly reason: string;
}

export interface Machine {
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** Of the last minute, at the beginning and at the end: above the cores, times are not worth much. */
  readonly load: { readonly before: number; readonly after: number };
}

export interface Report {
  readonly at: string;
  readonly command: string;
  readonly machine: Machine;
  readonly sections: readonly Section[];
  readonly failures: readonly Failure[];
}

export type Verdict = 'ok' | 'over' | 'under';

/** Whether a number keeps its target; null when it has none. */
export function verdictOf({ value, target, targetAtLeast }: Figure): Verdict | null {
  if (targetAtLeast !== undefined) return value >= targetAtLeast ? 'ok' : 'under';
  if (target === undefined) return null;
  return value <= target ? 'ok' : 'over';
}

/** The report as `bench.json` has it: every number with its verdict. */
export function reportJson(report: Report): string {
  const sections = report.sections.map(({ figures, ...section }) => ({
    ...section,
    figures: figures.map((figure) => {
      const verdict = verdictOf(figure);
      return verdict === null ? figure : { ...figure, verdict };
    }),
  }));
  return `${JSON.stringify({ ...report, sections }, rounded, 2)}\n`;
}

const DIGITS = 3;

function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(DIGITS)) : value;
}

/** The report for a terminal. */
export function reportText({ at, machine, sections, failures }: Report): string {
  const { node, processor, cores, load } = machine;
  const heading = [
    `Jobplane bench, ${at}`,
    `Node ${node}, ${cores} × ${processor}, load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after`,
  ];
  const width = Math.max(0, ...sections.flatMap(({ figures }) => figures.map(({ name }) => name.length)));
  const blocks = sections.map(({ title, figures, notes }) => {
    const lines = figures.map((figure) => `  ${figureText(figure, width)}`);
    return [title, ...lines, ...notes.map((note) => `  · ${note}`)].join('\n');
  });
  const failed = failures.map(({ title, reason }) => `${title}\n  DID NOT RUN: ${reason}`);
  return [heading.join('\n'), ...blocks, ...failed].join('\n\n');
}

const VALUE_WIDTH = 14;
const TARGET_WIDTH = 14;

function figureText(figure: Figure, nameWidth: number): string {
  const { name, value, unit, spread } = figure;
  const verdict = verdictOf(figure);
  const told = [
    name.padEnd(nameWidth),
    `${numberText(value)} ${unit}`.padEnd(VALUE_WIDTH),
    targetText(figure).padEnd(TARGET_WIDTH),
    (verdict ?? '').padEnd('under'.length),
    spread === undefined ? '' : spreadText(spread),
  ];
  return told.join(' ').trimEnd();
}

function targetText({ target, targetAtLeast }: Figure): string {
  if (targetAtLeast !== undefined) return `target ≥ ${numberText(targetAtLeast)}`;
  return target === undefined ? '' : `target ≤ ${numberText(target)}`;
}

function spreadText({ count, min, median, p95, max }: Spread): string {
  return `of ${count}: ${[min, median, p95, max].map(numberText).join(' / ')}`;
}

/** Small numbers with more digits than large ones, and none that say nothing. */
function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(value < 1 ? 3 : value < 100 ? 1 : 0);
}
