import { describe, expect, it } from 'vitest';
import { checkLink } from '../../../examples/publish-site/functions/build/check-link.ts';

const TARGETS = new Map([
  ['.', { outputPath: 'index.html', anchors: new Set(['start']) }],
  ['README.md', { outputPath: 'index.html', anchors: new Set(['start']) }],
  ['lifecycle.md', { outputPath: 'lifecycle.html', anchors: new Set(['the-states']) }],
  ['adr', { outputPath: 'adr/index.html', anchors: new Set<string>() }],
  ['adr/0001 one table.md', { outputPath: 'adr/0001 one table.html', anchors: new Set(['décision']) }],
  ['images/flow.svg', { outputPath: 'images/flow.svg' }],
]);

const outputOf = (from: string, href: string) => {
  const link = checkLink(from, href, TARGETS);
  return link.kind === 'alive' ? link.target.outputPath : link;
};

describe('checkLink', () => {
  it.each([
    ['README.md', 'lifecycle.md', 'lifecycle.html'],
    ['README.md', './lifecycle.md#the-states', 'lifecycle.html'],
    ['lifecycle.md', '#the-states', 'lifecycle.html'],
    ['lifecycle.md', '.', 'index.html'],
    ['README.md', 'adr', 'adr/index.html'],
    ['README.md', 'adr/', 'adr/index.html'],
    ['README.md', 'adr/0001%20one%20table.md#d%C3%A9cision', 'adr/0001 one table.html'],
    ['adr/0001 one table.md', '../', 'index.html'],
    ['adr/0001 one table.md', '../images/flow.svg?raw=true#layer', 'images/flow.svg'],
  ])('from %s, %s leads to %s', (from, href, output) => {
    expect(outputOf(from, href)).toBe(output);
  });

  it.each([
    ['lifecycle.md', 'missing.md', 'does not exist'],
    ['lifecycle.md', 'Lifecycle.md', 'does not exist'],
    ['adr/0001 one table.md', 'lifecycle.md', 'does not exist'],
    ['README.md', 'images/', 'does not exist'],
    ['README.md', 'lifecycle.md#the-end', 'has no heading #the-end'],
    ['README.md', '#the-states', 'has no heading #the-states'],
    ['README.md', '100%.md', 'is not a valid address'],
  ])('from %s, %s is dead', (from, href, reason) => {
    expect(outputOf(from, href)).toEqual({ kind: 'dead', reason });
  });

  it.each(['https://aws.amazon.com/', 'mailto:docs@example.com', '//example.com/a.md', 'HTTP://example.com'])(
    '%s is external',
    (href) => {
      expect(outputOf('README.md', href)).toEqual({ kind: 'external' });
    },
  );

  it.each([
    ['README.md', '../package.json'],
    ['README.md', '..'],
    ['adr/0001 one table.md', '../../core/job/job.ts#L10'],
    ['README.md', '/package.json'],
  ])('from %s, %s is outside of the site', (from, href) => {
    expect(outputOf(from, href)).toEqual({ kind: 'outside' });
  });
});
