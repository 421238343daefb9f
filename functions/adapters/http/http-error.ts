/** Why no answer came of a request: the code is the op's error code. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: 'HttpTargetRefused' | 'HttpTimeout' | 'HttpRedirected' | 'ResultTooLarge' | 'Unreachable';

  constructor(code: HttpError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
