/**
 * Where the command line awaits the browser after a login (RFC 8252, section 7.3). An identity provider that
 * wants redirect addresses to the letter, as Cognito does, must know them all: these few, of which the
 * command line takes the first free one. `localhost` and no number, since Cognito takes http for no other name.
 */
export const CLI_CALLBACK_URLS = [
  'http://localhost:53682/callback',
  'http://localhost:51763/callback',
  'http://localhost:49827/callback',
] as const;

/** What the command line asks for: who somebody is. What they may do is said by their groups. */
export const CLI_SCOPES = ['openid', 'profile'] as const;
