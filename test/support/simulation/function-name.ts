const PLACEHOLDER = /^\$\{(\w+)\}$/;

/** The function that a placeholder of the definition stands for; null for a text that is none. */
export function functionNameOf(placeholder: string): string | null {
  return PLACEHOLDER.exec(placeholder)?.[1] ?? null;
}
