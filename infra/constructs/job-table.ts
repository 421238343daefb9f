import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TABLE } from '../../functions/adapters/dynamodb/keys.ts';

/** The one table, with its two indexes, its stream and point-in-time recovery. */
export class JobTable extends Construct {
  readonly table: dynamodb.TableV2;

  /** @param props.removalPolicy anything but DESTROY also protects the table from deletion */
  constructor(scope: Construct, id: string, props: { removalPolicy: RemovalPolicy }) {
    super(scope, id);
    this.table = new dynamodb.TableV2(this, 'Table', {
      partitionKey: attributeOf(TABLE.partitionKey),
      sortKey: attributeOf(TABLE.sortKey),
      billing: dynamodb.Billing.onDemand(),
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy: props.removalPolicy,
      timeToLiveAttribute: TABLE.timeToLiveAttribute,
      globalSecondaryIndexes: Object.values(TABLE.indexes).map((index) => ({
        indexName: index.name,
        partitionKey: attributeOf(index.partitionKey),
        sortKey: attributeOf(index.sortKey),
        projectionType: dynamodb.ProjectionType.KEYS_ONLY,
      })),
    });
  }

  grantRead(grantee: iam.IGrantable): void {
    this.grant(grantee, ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query']);
  }

  /** Puts, counters of groups, and deletes of jobs; a transaction needs the rights of its parts. */
  grantWrite(grantee: iam.IGrantable): void {
    this.grant(grantee, [
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
    ]);
  }

  private grant(grantee: iam.IGrantable, actions: string[]): void {
    const resourceArns = [this.table.tableArn, `${this.table.tableArn}/index/*`];
    Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}

function attributeOf(attribute: { readonly name: string; readonly type: 'S' | 'N' }): dynamodb.Attribute {
  const type = attribute.type === 'S' ? dynamodb.AttributeType.STRING : dynamodb.AttributeType.NUMBER;
  return { name: attribute.name, type };
}
