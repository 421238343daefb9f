import type { LookupAddress, LookupAllOptions, LookupOneOptions, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { HttpError } from './http-error.ts';

/** What of the network a test puts its own in place of. */
export interface Network {
  resolve(host: string): Promise<readonly LookupAddress[]>;
  isAllowed(address: string): boolean;
}

/**
 * A lookup that a connection is made by: every address of the name is checked, and only those that were
 * checked are connected to. So a name that answers otherwise a moment later (DNS rebinding) has no say.
 */
export function checkedLookup({ resolve, isAllowed }: Network): LookupFunction {
  const look = async (host: string): Promise<readonly LookupAddress[]> => {
    const found = await resolve(host);
    const refused = found.find(({ address }) => !isAllowed(address));
    if (refused !== undefined) {
      throw new HttpError('HttpTargetRefused', `${host} has an address that is not of the public internet`);
    }
    if (found.length === 0) throw new HttpError('Unreachable', `${host} has no address`);
    return found;
  };

  return (host: string, options: LookupOptions | LookupAllOptions | LookupOneOptions, callback) => {
    look(host).then(
      (found) => {
        const [first] = found;
        if (options.all === true) callback(null, [...found]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
}
