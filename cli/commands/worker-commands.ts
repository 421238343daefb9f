import { entryShapeSchema } from '../../core/contract/api/entry-shape.ts';
import { type Command, command, request, requiredText, requiredWholeNumber, text } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { renderEntry } from '../render/job.ts';
import { show } from '../show.ts';

const theOp = {
  id: requiredText('id', "the job's id"),
  index: requiredText('index', 'of the op, from 0'),
};

const theTry = {
  attempt: requiredWholeNumber('number', "the job's attempt that the worker was given"),
  try: requiredWholeNumber('number', "the op's try that the worker was given"),
};

const opComplete = command({
  name: 'op complete',
  summary: 'As a worker: an op is done',
  calls: ['complete-op'],
  examples: [`jobplane op complete $ID 0 --attempt 1 --try 1 --result '{"slot": 12}'`],
  arguments: theOp,
  options: { ...theTry, result: text('json', 'what later ops may use') },
  async run({ id, index, result, ...theTry }, context) {
    const path = { id, index };
    const body = { ...theTry, ...(result === undefined ? {} : { result: jsonOf(result) }) };
    const answer = await (await context.api()).askUnread({ route: 'complete-op', path, body });
    show(context, answer.body, () => `Op ${index} of job ${id} is done.`);
    return EXIT.ok;
  },
});

const opFail = command({
  name: 'op fail',
  summary: 'As a worker: an op has failed',
  calls: ['fail-op'],
  examples: ['jobplane op fail $ID 0 --attempt 1 --try 1 --code DiskFull --message "no space left"'],
  arguments: theOp,
  options: {
    ...theTry,
    code: requiredText('code', 'the name of the error'),
    message: requiredText('text', 'what happened'),
    detail: text('json', 'more about it'),
  },
  async run({ id, index, code, message, detail, ...theTry }, context) {
    const path = { id, index };
    const error = { code, message, ...(detail === undefined ? {} : { detail: jsonOf(detail) }) };
    const api = await context.api();
    const answer = await api.askUnread({ route: 'fail-op', path, body: { ...theTry, error } });
    show(context, answer.body, () => `Op ${index} of job ${id} has failed.`);
    return EXIT.ok;
  },
});

const opHeartbeat = command({
  name: 'op heartbeat',
  summary: 'As a worker: work on an op goes on',
  calls: ['heartbeat-op'],
  examples: ['jobplane op heartbeat $ID 0 --attempt 1 --try 1'],
  arguments: theOp,
  options: theTry,
  async run({ id, index, ...body }, context) {
    const api = await context.api();
    const answer = await api.askUnread({ route: 'heartbeat-op', path: { id, index }, body });
    show(context, answer.body, () => 'Noted.');
    return EXIT.ok;
  },
});

const opLog = request({
  name: 'op log',
  summary: "As a worker: write into the job's journal",
  calls: 'log-op',
  examples: ['jobplane op log $ID 0 "half of it is done" --attempt 1 --try 1'],
  arguments: { ...theOp, message: requiredText('text', 'what happens') },
  options: theTry,
  request: ({ id, index, ...body }) => ({ path: { id, index }, body }),
  answer: entryShapeSchema,
  render: renderEntry,
});

/** What a worker says of an op that it was given. */
export const WORKER_COMMANDS: readonly Command[] = [opComplete, opFail, opHeartbeat, opLog];

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${text} is no JSON: ${error instanceof Error ? error.message : String(error)}`, {
      exitCode: EXIT.usage,
    });
  }
}
