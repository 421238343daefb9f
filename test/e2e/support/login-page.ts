/**
 * What a browser does with the address of a login: gets the page, fills in its form, and follows the way back.
 *
 * @returns what the page at the end says
 */
export async function signInByPage(url: string, username: string, password: string): Promise<string> {
  const page = await (await fetch(url)).text();
  const [, action = ''] = /<form method="POST" action="([^"]+)"/.exec(page) ?? [];
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const form = new URLSearchParams(
    hidden.map(([, name = '', value = '']): [string, string] => [name, unescaped(value)]),
  );
  form.set('username', username);
  form.set('password', password);
  const back = await fetch(new URL(action, url), { method: 'POST', body: form });
  return back.text();
}

function unescaped(html: string): string {
  return html
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
