/** What `jobplane` ends with: scripts may branch on it, so no meaning ever changes. */
export const EXIT = {
  ok: 0,
  /** The job ended unsuccessfully, its state refused the command, or somebody answered no. */
  unsuccessful: 1,
  /** The command line, a file or a value in it cannot be used. */
  usage: 2,
  /** There is no token, or it is not accepted. */
  notSignedIn: 3,
  /** A permission is missing, or there is no such thing. */
  notAllowed: 4,
  /** The API could not be reached, or failed. */
  unreachable: 5,
  /** Ctrl-C, as shells have it: 128 + SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done; of `watch` and `submit --watch`: the job ended well, or reached the status of `--until`',
  unsuccessful:
    'the watched job ended unsuccessfully, the state of a thing or a quota refused the command, a check of `doctor` failed, or somebody answered no',
  usage: 'the command line, a file or a value in it cannot be used',
  notSignedIn: 'there is no token, or the API does not accept it: `jobplane login`',
  notAllowed: 'a permission is missing, or there is no such thing',
  unreachable: 'the API could not be reached, or failed, after some tries',
  interrupted: 'Ctrl-C; a watched job goes on',
};
