import { plainText } from './plain-text.ts';
import { coloured, type Style } from './style.ts';

/** What `doctor` saw of one part. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice?: string;
}

export function renderFindings(findings: readonly Finding[], style: Style): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ name, ok, detail, advice }) => {
      const mark = ok ? coloured('ok  ', 'green', style) : coloured('FAIL', 'red', style);
      const line = `${mark}  ${name.padEnd(width)}  ${plainText(detail)}`;
      return advice === undefined ? line : `${line}\n${' '.repeat(width + 8)}${advice}`;
    })
    .join('\n');
}
