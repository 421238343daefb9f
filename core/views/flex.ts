import { type StatusView, statusView } from './status-views.ts';
import type { ViewSubject } from './view-subject.ts';

/** A job in one of Ooyala Flex's job states. */
export type FlexView = StatusView<'flex'>;

export function flexView(subject: ViewSubject): FlexView {
  return statusView('flex', subject);
}
