import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jobSpecSchema } from '../../../core/contract/job-spec.ts';
import { referenceProblems } from '../../../core/op/references.ts';

const spec = jobSpecSchema.parse(
  JSON.parse(readFileSync(new URL('../../../examples/publish-site/job.json', import.meta.url), 'utf8')),
);

describe('job.json', () => {
  it('is a job that Jobplane takes, in the order in which its steps run', () => {
    expect(spec.ops.map(({ name, step, action }) => [name, step, action])).toEqual([
      ['build', 'PRE', 'site-build'],
      ['publish', 'RUN', 'site-publish'],
      ['check', 'RUN', 'site-check'],
      ['report', 'POST', 'site-report'],
    ]);
  });

  it('refers only to results that are there by then', () => {
    const problems = spec.ops.flatMap(({ input, rollback }, position) => [
      ...referenceProblems(spec, input, { path: 'input', position, own: false }),
      ...referenceProblems(spec, rollback?.input ?? {}, { path: 'rollback', position, own: true }),
    ]);
    expect(problems).toEqual([]);
  });

  it('undoes the publishing with what it replaced', () => {
    expect(spec.ops[1]?.rollback).toMatchObject({
      action: 'site-restore',
      input: { site: 'docs', version: { $from: 'ops.publish.result.previous' } },
      when: 'completed',
    });
  });
});
