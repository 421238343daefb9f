/** A token as the JWT authorizer lets it pass; only its payload is ever read. */
export function tokenOf(claims: object): string {
  return [{ alg: 'RS256', kid: 'k' }, claims, 'signature'].map(encoded).join('.');
}

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
