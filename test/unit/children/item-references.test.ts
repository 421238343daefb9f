import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasItems,
  MissingItemError,
  malformedItems,
  withItem,
} from '../../../core/children/item-references.ts';

const ITEM = { site: { name: 'eu', pages: ['a', 'b'] }, count: 0, none: null, no: false, text: '' };

describe('a reference to a part of a child’s item', () => {
  it.each([
    ['', ITEM],
    ['site', ITEM.site],
    ['site.name', 'eu'],
    ['site.pages', ['a', 'b']],
    ['site.pages.1', 'b'],
    ['count', 0],
    ['none', null],
    ['no', false],
    ['text', ''],
  ])('is replaced by the part: %j', (path, part) => {
    expect(withItem({ $item: path }, ITEM)).toEqual(part);
    expect(withItem([{ deep: { $item: path } }, 7], ITEM)).toEqual([{ deep: part }, 7]);
  });

  it.each([
    'missing',
    'site.missing',
    'site.name.length',
    'site.pages.2',
    'site.pages.length',
    'none.x',
    'count.x',
    '.',
    'toString',
    '__proto__',
  ])('names nothing: %s', (path) => {
    expect(() => withItem({ a: [{ $item: path }] }, ITEM)).toThrow(MissingItemError);
  });

  it('that names nothing says so in the words of the specification', () => {
    expect(new MissingItemError('{"$item": "a"} names nothing').asJobError()).toEqual({
      code: 'ItemMissing',
      message: '{"$item": "a"} names nothing',
    });
    expect(() => withItem({ $item: 'a.b' }, 'text')).toThrow(`{"$item": "a.b"} names nothing`);
  });

  it('is the whole item where it is a text, a number or nothing at all', () => {
    for (const item of ['eu', 7, false, null]) expect(withItem([{ $item: '' }], item)).toEqual([item]);
  });

  it('that the item itself holds is text of the user’s and not looked into', () => {
    expect(withItem({ $item: 'a' }, { a: { $item: 'b' }, b: 1 })).toEqual({ $item: 'b' });
  });

  it('stands beside references to results, which it leaves alone', () => {
    const input = { from: { $from: 'ops.one.result.x' }, what: { $item: 'count' } };
    expect(withItem(input, ITEM)).toEqual({ from: { $from: 'ops.one.result.x' }, what: 0 });
  });
});

describe('what is no reference', () => {
  it.each([
    [{ $item: 7 }, ['input']],
    [{ $item: 'a', beside: 1 }, ['input']],
    [{ list: [{ $item: null }, { $item: 'a' }], ok: { $item: '' } }, ['input.list.0']],
    [{ deep: { deeper: { $item: {} } } }, ['input.deep.deeper']],
  ])('is told by its path: %j', (value, paths) => {
    expect(malformedItems(value, 'input')).toEqual(paths);
    expect(hasItems(value)).toBe(paths[0] === 'input.list.0');
  });

  it.each([[{}], ['$item'], [null], [[1, 'a']], [{ item: '$item' }]])('is left as it is: %j', (value) => {
    expect(malformedItems(value, 'input')).toEqual([]);
    expect(hasItems(value)).toBe(false);
    expect(withItem(value, ITEM)).toEqual(value);
  });

  it('is never made or lost, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, item) => {
        const json = jsonOf(value);
        if (!hasItems(json)) expect(withItem(json, jsonOf(item))).toEqual(json);
      }),
    );
  });
});

/** As it comes over the wire: without -0, which JSON does not have. */
function jsonOf(value: unknown) {
  return JSON.parse(JSON.stringify(value));
}
