/** How text is to look: everything that a renderer may go by beside its data. */
export interface Style {
  /** Width of the terminal; undefined: as wide as it takes. */
  readonly columns: number | undefined;
  readonly colour: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** An IANA time zone. */
  readonly zone: string;
}

/** Select Graphic Rendition of ECMA-48: the parameter that switches it on. */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;

export type Colour = keyof typeof CODES;

export function coloured(text: string, colour: Colour | undefined, style: Pick<Style, 'colour'>): string {
  return style.colour && colour !== undefined && text !== ''
    ? `\u001b[${CODES[colour]}m${text}\u001b[0m`
    : text;
}
