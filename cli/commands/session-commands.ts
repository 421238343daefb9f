import { sessionClosedSchema, sessionSchema } from '../../core/contract/api/session.ts';
import { type Command, command, flag, request, requiredText } from '../command.ts';
import { confirm } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { renderJobs } from '../render/job.ts';
import { show } from '../show.ts';

const session = requiredText('session', "the session's id");

const sessionShow = request({
  name: 'session show',
  summary: 'Show the jobs of a session that have not ended',
  calls: 'get-session',
  examples: ['jobplane session show $SESSION'],
  arguments: { session },
  options: {},
  request: ({ session }) => ({ path: { session } }),
  answer: sessionSchema,
  render: ({ live, items }, style) => `${live} live jobs\n\n${renderJobs(items, style)}`,
});

const sessionLogout = command({
  name: 'session logout',
  summary: 'Cancel what is left of a session; says how many jobs are live and asks first',
  calls: ['get-session', 'close-session'],
  examples: ['jobplane session logout $SESSION'],
  arguments: { session },
  options: { yes: flag('do not ask') },
  async run({ session, yes }, context) {
    const api = await context.api();
    const path = { session };
    const { value } = await api.ask({ route: 'get-session', path }, sessionSchema);
    if (value.live > 0)
      await confirm(context, `${value.live} jobs are live and will be canceled. Log out?`, yes);
    const { body, value: closed } = await api.ask({ route: 'close-session', path }, sessionClosedSchema);
    const { canceled, canceling, refused, left } = closed;
    show(
      context,
      body,
      () => `${canceled} canceled, ${canceling} being canceled, ${refused} end already, ${left} left`,
    );
    return left === 0 ? EXIT.ok : EXIT.unsuccessful;
  },
});

/** Jobs of a session of a user interface. */
export const SESSION_COMMANDS: readonly Command[] = [sessionShow, sessionLogout];
