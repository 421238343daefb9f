import { type Colour, coloured, type Style } from './style.ts';

/** A cell: a text, or one with a colour. */
export type Cell = string | { readonly text: string; readonly colour: Colour | undefined };

const GAP = '  ';
const SHORTEST_LAST = 20;

/** Columns side by side under their titles. The last one is cut where the terminal ends. */
export function table(titles: readonly string[], rows: readonly (readonly Cell[])[], style: Style): string {
  const lines = [titles.map((text): Cell => ({ text, colour: 'bold' })), ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => textOf(line[column]).length)));
  return lines.map((line) => rowOf(line, widths, style)).join('\n');
}

/** A line for each name and its value; what has no value is left out. */
export function fields(values: Readonly<Record<string, Cell | undefined>>, style: Style): string {
  const shown = Object.entries(values).flatMap(([name, cell]) =>
    cell === undefined || textOf(cell) === '' ? [] : [{ name, cell }],
  );
  const width = Math.max(0, ...shown.map(({ name }) => name.length));
  return shown
    .map(({ name, cell }) => `${coloured(name.padEnd(width), 'dim', style)}${GAP}${cellOf(cell, style)}`)
    .join('\n');
}

function rowOf(line: readonly Cell[], widths: readonly number[], style: Style): string {
  const last = widths.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  const room = style.columns === undefined ? undefined : Math.max(SHORTEST_LAST, style.columns - before);
  return line
    .map((cell, column) => {
      const padding = column === last ? '' : ' '.repeat((widths[column] ?? 0) - textOf(cell).length);
      return `${cellOf(column === last ? cut(cell, room) : cell, style)}${padding}`;
    })
    .join(GAP)
    .trimEnd();
}

function cut(cell: Cell, room: number | undefined): Cell {
  const text = textOf(cell);
  if (room === undefined || text.length <= room) return cell;
  return { text: `${text.slice(0, room - 1)}…`, colour: typeof cell === 'string' ? undefined : cell.colour };
}

function cellOf(cell: Cell, style: Style): string {
  return typeof cell === 'string' ? cell : coloured(cell.text, cell.colour, style);
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  return typeof cell === 'string' ? cell : cell.text;
}
