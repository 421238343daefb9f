import { Marked } from 'marked';
import { escapeHtml } from './escape-html.ts';

interface RenderedMarkdown {
  readonly html: string;
  /** The text of the first heading. */
  readonly title: string | undefined;
  /** What a link may name after `#`. */
  readonly anchors: ReadonlySet<string>;
}

/**
 * Renders a page and asks `hrefOf` about each of its links. A link that has no address there is
 * rendered as its text.
 */
export function renderMarkdown(
  markdown: string,
  hrefOf: (href: string) => string | undefined,
): RenderedMarkdown {
  const anchors = new Set<string>();
  let title: string | undefined;
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const text = this.parser.parseInline(tokens, this.parser.textRenderer);
        const anchor = anchorOf(text, anchors);
        anchors.add(anchor);
        title ??= text;
        return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, title: hint, tokens }) {
        const address = hrefOf(href);
        const text = this.parser.parseInline(tokens);
        return address === undefined ? text : `<a href="${escapeHtml(address)}"${hintOf(hint)}>${text}</a>`;
      },
      image({ href, title: hint, text }) {
        const address = hrefOf(href);
        const alternative = escapeHtml(text);
        if (address === undefined) return alternative;
        return `<img src="${escapeHtml(address)}" alt="${alternative}"${hintOf(hint)}>`;
      },
      html({ text }) {
        if (text.trimStart().startsWith('<!--')) return '';
        for (const [, anchor = ''] of text.matchAll(/\s(?:id|name)="([^"]*)"/g)) anchors.add(anchor);
        return text.replace(/\s(href|src)="([^"]*)"/g, (_, attribute: string, href: string) => {
          const address = hrefOf(href);
          return address === undefined ? '' : ` ${attribute}="${escapeHtml(address)}"`;
        });
      },
    },
  });
  const html = marked.parse(markdown, { async: false });
  return { html, title, anchors };
}

/** The anchor that GitHub gives a heading, so that a link works both there and on the site. */
function anchorOf(heading: string, taken: ReadonlySet<string>): string {
  const base = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
  let anchor = base;
  for (let repeat = 1; taken.has(anchor); repeat++) anchor = `${base}-${repeat}`;
  return anchor;
}

function hintOf(hint: string | null | undefined): string {
  return hint ? ` title="${escapeHtml(hint)}"` : '';
}
