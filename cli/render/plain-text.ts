/**
 * Text that somebody else wrote, safe to show: what a job says must not move the cursor, change colours or
 * write the title of whoever looks at it (CWE-150). Line ends become blanks, so a message stays one line.
 */
export function plainText(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(CONTROL, '\uFFFD');
}

/** C0, DEL and C1 controls, and the marks that turn the direction of text. */
const CONTROL = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;
