/** The region that the local AWS has; it has no other. */
export const LOCAL_REGION = 'us-east-1';

/** The account that the local AWS has. */
export const LOCAL_ACCOUNT = '000000000000';

/** Credentials that the local AWS takes; it looks at none. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** How AWS's own clients reach the local AWS. */
export function localConnection(emulatorUrl: string) {
  return { endpoint: emulatorUrl, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
}
