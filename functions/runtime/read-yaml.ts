import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
} from 'yaml';
import { type Refused, refused } from '../../core/contract/error-codes.ts';
import { LIMITS } from '../../core/contract/limits.ts';

type Read = { readonly ok: true; readonly value: unknown } | Refused;

/** Each is looked up by a walk through the whole text: a hundred of them take no longer than the rest. */
const ALIASES = 100;

/** What an alias stands for counts wherever it stands. Of more values no body has the bytes. */
const VALUES = LIMITS.yamlBytes;

/** What the parser stands in: the collections, and a document and scalars around and in them. */
const PARSER_DEPTH = LIMITS.bodyDepth + 8;

/**
 * YAML 1.2 as the JSON that it stands for, by its core schema: dates are texts, `<<` is a key like any
 * other, and aliases are put in where they stand. Refused is what JSON cannot say: other tags, keys that
 * are no texts or there twice, numbers that are none, more than one document.
 *
 * Errors: InvalidYaml with line and column; TooDeep.
 */
export function readYaml(text: string): Read {
  const lines = new LineCounter();
  const tokens = tokensOf(text, lines);
  if (tokens === null) return TOO_DEEP;
  try {
    // Only the first two of any number of documents.
    const [document, second] = new Composer(OPTIONS).compose(tokens, true, text.length);
    if (document === undefined) return { ok: true, value: null };
    const [wrong] = [...document.errors, ...document.warnings];
    if (wrong !== undefined) throw new UnreadableError(wrong.message, wrong.pos[0]);
    if (second !== undefined) throw new UnreadableError('it has more than one document', second.range[0]);
    return { ok: true, value: new AsJson(document).read(document.contents, 0) };
  } catch (error) {
    if (error instanceof DeepError) return TOO_DEEP;
    if (!(error instanceof UnreadableError)) throw error;
    const { line, col } = lines.linePos(error.at);
    const what = `${error.message}, at line ${line}, column ${col}`;
    return refused('InvalidYaml', `The body is not YAML that is read: ${what}.`);
  }
}

/** Keys that are there twice are found below: the composer compares each key with all before it. */
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

const TOO_DEEP = refused(
  'TooDeep',
  `The body has more than ${LIMITS.bodyDepth} levels of objects and arrays.`,
);

/** What is wrong, and where in the text. */
class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

class DeepError extends Error {
  override readonly name = 'DeepError';
}

/** Null for a text that nests too deeply: the composer goes down by recursion, which that would break. */
function tokensOf(text: string, lines: LineCounter): readonly CST.Token[] | null {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > PARSER_DEPTH) return null;
  }
  return [...tokens, ...parser.end()];
}

class AsJson {
  private readonly document: Document;
  private readonly sources = new Map<Node, Node>();
  private values = 0;

  constructor(document: Document) {
    this.document = document;
  }

  read(node: unknown, depth: number): unknown {
    this.values += 1;
    if (this.values > VALUES) throw new UnreadableError('its aliases stand for too much', startOf(node));
    if (isAlias(node)) return this.read(this.sourceOf(node), depth);
    // Also what has an alias of itself in it.
    if (isCollection(node) && depth === LIMITS.bodyDepth) throw new DeepError();
    if (isMap(node)) return this.readMap(node.items, depth);
    if (isSeq(node)) return node.items.map((item) => this.read(item, depth + 1));
    if (!isScalar(node)) return null;
    if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
      throw new UnreadableError(`JSON has no number ${node.source}`, startOf(node));
    }
    return node.value;
  }

  private readMap(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    depth: number,
  ): object {
    const entries = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== 'string') throw new UnreadableError('a key must be a text: quote it', startOf(key));
      if (entries.has(name)) throw new UnreadableError(`the key '${name}' is there twice`, startOf(key));
      entries.set(name, this.read(value, depth + 1));
    }
    return Object.fromEntries(entries);
  }

  private sourceOf(alias: Alias): Node {
    const known = this.sources.get(alias);
    if (known !== undefined) return known;
    if (this.sources.size === ALIASES) {
      throw new UnreadableError(`it has more than ${ALIASES} aliases`, startOf(alias));
    }
    const source = alias.resolve(this.document);
    if (source === undefined) {
      throw new UnreadableError(`nothing before '*${alias.source}' is named so`, startOf(alias));
    }
    this.sources.set(alias, source);
    return source;
  }
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
