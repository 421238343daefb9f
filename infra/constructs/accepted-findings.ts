import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import * as z from 'zod';

/** Accepts one finding of cdk-nag on a construct and all below it, with the reason that stands in the template. */
export function acceptFinding(scope: IConstruct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-${id}`, reason });
}

/** Accepts that policies below the scope name this resource, whose text has a wildcard, and no other one. */
export function acceptWildcard(scope: IConstruct, resource: string, reason: string): void {
  acceptFinding(scope, `IAM5[Resource::${findingText(Stack.of(scope).resolve(resource))}]`, reason);
}

const referenceSchema = z.object({ Ref: z.string() });
const attributeSchema = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const joinSchema = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });

/** A resolved text as cdk-nag words it in a finding: a reference is the name of its resource in angle brackets. */
function findingText(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const reference = referenceSchema.safeParse(resolved);
  if (reference.success) return `<${reference.data.Ref}>`;
  const attribute = attributeSchema.safeParse(resolved);
  if (attribute.success) return `<${attribute.data['Fn::GetAtt'].join('.')}>`;
  return joinSchema.parse(resolved)['Fn::Join'][1].map(findingText).join('');
}
