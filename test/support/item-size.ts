import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { utf8Bytes } from '../../core/contract/limits.ts';

const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

/**
 * Bytes of an item as DynamoDB counts them.
 * Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 */
export function itemSize(item: Readonly<Record<string, AttributeValue>>): number {
  return sum(Object.entries(item).map(([name, value]) => utf8Bytes(name) + valueSize(value)));
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return utf8Bytes(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.L !== undefined) {
    return CONTAINER_BYTES + sum(value.L.map((element) => ELEMENT_BYTES + valueSize(element)));
  }
  if (value.M !== undefined) {
    const fields = Object.entries(value.M);
    return (
      CONTAINER_BYTES + sum(fields.map(([name, field]) => ELEMENT_BYTES + utf8Bytes(name) + valueSize(field)))
    );
  }
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  throw new Error(`items of Jobplane hold no ${Object.keys(value).join()}`);
}

/** One byte for two significant digits, one for the exponent, and one for a minus sign. */
function numberSize(number: string): number {
  const digits = number.replace('-', '').replace(/^0+/, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1 + (number.startsWith('-') ? 1 : 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
