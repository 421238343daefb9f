import { posix } from 'node:path';

/** What a link can lead to: a file, or a folder by way of its index page. */
export interface LinkTarget {
  readonly outputPath: string;
  /** Absent: not a page, so what follows `#` is for whoever opens it. */
  readonly anchors?: ReadonlySet<string>;
}

export type CheckedLink =
  | { readonly kind: 'alive'; readonly target: LinkTarget; readonly fragment: string }
  | { readonly kind: 'dead'; readonly reason: string }
  /** An address of its own, which nobody here can check. */
  | { readonly kind: 'external' }
  /** To a file that is not part of the site, such as source code beside the pages. */
  | { readonly kind: 'outside' };

/**
 * Says where a link of a page leads.
 *
 * @param from path of the page
 * @param targets by path of their source; a folder's path has no `/` at its end, and the topmost is `.`
 */
export function checkLink(from: string, href: string, targets: ReadonlyMap<string, LinkTarget>): CheckedLink {
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(href)) return { kind: 'external' };
  const [, encodedPath = '', fragment = ''] = /^([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/s.exec(href) ?? [];
  const path = decode(encodedPath);
  const anchor = decode(fragment);
  if (path === undefined || anchor === undefined) return { kind: 'dead', reason: 'is not a valid address' };

  const wanted = path === '' ? from : posix.join(posix.dirname(from), path).replace(/(?<=.)\/$/, '');
  if (path.startsWith('/') || wanted === '..' || wanted.startsWith('../')) return { kind: 'outside' };
  const target = targets.get(wanted);
  if (target === undefined) return { kind: 'dead', reason: 'does not exist' };
  if (anchor !== '' && target.anchors !== undefined && !target.anchors.has(anchor)) {
    return { kind: 'dead', reason: `has no heading #${anchor}` };
  }
  return { kind: 'alive', target, fragment };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
