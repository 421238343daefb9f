import { Listr, PRESET_TIMER } from 'listr2';

/** Does a piece of work, and shows on the terminal that it is going on and how long it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const result = work();
  const task = () =>
    result.then(
      () => undefined,
      () => Promise.reject(new Error('see below')),
    );
  await new Listr([{ title, task }], {
    exitOnError: false, // whoever asked for the work tells what went wrong
    rendererOptions: { timer: PRESET_TIMER },
    fallbackRendererOptions: { timer: PRESET_TIMER },
    registerSignalListeners: false,
  }).run();
  return result;
}
