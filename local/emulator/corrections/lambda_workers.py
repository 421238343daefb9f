"""Speed: MiniStack's worker processes, for a machine with few cores. AWS does as told here by itself."""

import os
import threading
import time

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from .patching import require, wrap

require(lambda_runtime, "_worker_key", "_workers")

_WARM_WORKERS = 2 * (os.cpu_count() or 2)
_PATIENCE_SECONDS = 2
_STIR_SECONDS = 0.5  # longer than a cold start


def silent_functions_answer_at_once():
    """AWS: a function that logs nothing answers as soon as it returns (MiniStack waits 50 ms for log lines)."""

    @wrap(lambda_runtime.Worker, "_drain_stderr_bounded")
    def drain(original, worker):
        return original(worker, first_line_wait=0.003, idle_confirm=0.002)


def bursts_share_workers():
    """AWS: a burst of calls slows nothing down (MiniStack starts a process for each call at once, which blocks the machine)."""
    turned_over = threading.Condition()
    latest = {}  # the moment a worker of this key was last started or came back

    @wrap(lambda_svc, "acquire_worker")
    def acquire(original, name, config, code, **kwargs):
        key = lambda_runtime._worker_key(name, config, kwargs.get("qualifier", "$LATEST"))
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with turned_over:
            while _should_wait(key, latest.get(key, 0), deadline):
                turned_over.wait(_STIR_SECONDS)
            latest[key] = time.monotonic()
            return original(name, config, code, **kwargs)

    @wrap(lambda_svc, "release_worker")
    def release(original, worker):
        original(worker)
        if worker is None:
            return
        with turned_over:
            latest[lambda_runtime._worker_key(worker.func_name, worker.config, worker.config["Version"])] = time.monotonic()
            turned_over.notify_all()


def _should_wait(key, latest, deadline):
    """Whether enough workers are busy, but one of them is likely to be free soon."""
    workers = list(lambda_runtime._workers.get(key, []))
    now = time.monotonic()
    if len(workers) < _WARM_WORKERS or not all(worker.in_use for worker in workers):
        return False
    return now < deadline and now - latest < _STIR_SECONDS
