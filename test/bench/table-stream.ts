import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { Item } from '../../functions/adapters/dynamodb/item.ts';
import { localConnection } from '../../local/connection.ts';
import type { StackFile } from '../../local/stack-file.ts';

/** One committed write of one item, as the table's stream has it. */
export interface StreamRecord {
  readonly before?: Item;
  readonly after?: Item;
}

/** Everything that was ever written to the table, in the order it was. */
export async function streamRecords(stack: StackFile): Promise<readonly StreamRecord[]> {
  const connection = localConnection(stack.emulatorUrl);
  const { Table } = await new DynamoDBClient(connection).send(
    new DescribeTableCommand({ TableName: stack.tableName }),
  );
  const StreamArn = Table?.LatestStreamArn;
  const streams = new DynamoDBStreamsClient(connection);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const records: StreamRecord[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const first = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    let ShardIterator = first.ShardIterator;
    while (ShardIterator !== undefined) {
      const page = await streams.send(new GetRecordsCommand({ ShardIterator }));
      for (const { dynamodb } of page.Records ?? []) {
        const { OldImage: before, NewImage: after } = dynamodb ?? {};
        records.push({
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
        });
      }
      // An open shard never ends; the emulator's pages are empty at its end only.
      if ((page.Records ?? []).length === 0) break;
      ShardIterator = page.NextShardIterator;
    }
  }
  return records;
}
