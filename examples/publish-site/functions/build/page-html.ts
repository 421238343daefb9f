import { escapeHtml } from './escape-html.ts';

const STYLE =
  'body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif;color:#222;background:#fff}' +
  'pre{overflow:auto;padding:1rem;background:#f4f4f4}' +
  'code{font:.9em ui-monospace,monospace}' +
  'table{border-collapse:collapse;display:block;overflow:auto}' +
  'td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}' +
  'img{max-width:100%}';

/** A whole page around rendered Markdown. It needs nothing beside itself, so it opens from a folder as well. */
export function pageHtml({ title, html }: { readonly title: string; readonly html: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${html}</main>
</body>
</html>
`;
}
