import * as z from 'zod';
import { COMMAND_EVENTS, JOBPLANE_EVENTS } from '../core/contract/event-envelope.ts';

const FOLDER = 'docs/events';

/** The JSON Schemas of all events and commands, by the file that each is in. */
export function eventSchemas(): ReadonlyMap<string, string> {
  const sent = JOBPLANE_EVENTS.map((event) => fileOf(event, { isOpen: true }));
  const taken = COMMAND_EVENTS.map((event) => fileOf(event, { isOpen: false }));
  return new Map([...sent, ...taken]);
}

/** @param how.isOpen a later version may add keys, which a consumer must not stumble over */
function fileOf(
  event: (typeof JOBPLANE_EVENTS)[number] | (typeof COMMAND_EVENTS)[number],
  how: { readonly isOpen: boolean },
): readonly [string, string] {
  const { value: title } = event.shape['detail-type'];
  const schema = z.toJSONSchema(event, {
    // What a sender may leave out is not required: defaults are filled in by Jobplane.
    io: 'input',
    override: ({ jsonSchema, path }) => {
      // EventBridge adds keys of its own to an event, as when an archive replays it.
      const isOpen = how.isOpen || path.length === 0;
      if (isOpen && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  const text = JSON.stringify({ title, ...schema }, null, 2);
  return [`${FOLDER}/${title.toLowerCase().replaceAll(' ', '-')}.schema.json`, `${text}\n`];
}
