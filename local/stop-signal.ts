/** Aborts when this process is asked to end (Ctrl-C, kill). It is not ended: it shall put everything away first. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}
