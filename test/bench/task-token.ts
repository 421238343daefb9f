import type { Item } from '../../functions/adapters/dynamodb/item.ts';

/** Characters of a task token as AWS makes them, about; the emulator's have a few dozen. */
export const AWS_TOKEN_CHARACTERS = 1_024;

/** An item as it would be stored with another task token in it. */
export type AsStored = (item: Item) => Item;

/** As the emulator's tokens made it. */
export const asMeasured: AsStored = (item) => item;

/** As AWS's tokens would make it. */
export const withAwsToken: AsStored = (item) =>
  item['token']?.S === undefined ? item : { ...item, token: { S: 'x'.repeat(AWS_TOKEN_CHARACTERS) } };
