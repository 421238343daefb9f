"""What a failed Lambda function reports."""

import contextvars
import signal
import subprocess

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from .patching import require, substitute, wrap

require(lambda_runtime, "Worker")

_EXIT_GRACE_SECONDS = 2
_DEATHS = ("Worker process died", "Worker process exited immediately", "[Errno 32] Broken pipe")

_reported = contextvars.ContextVar("reported_error", default=None)  # the worker's answer, if it names an error type


def carry_error_types():
    """Not a correction by itself: carries a worker's error_type and trace into the payload that callers see."""

    @wrap(lambda_runtime.Worker, "invoke")
    def invoke(original, *args, **kwargs):
        answer = original(*args, **kwargs)
        _reported.set(answer if answer.get("error_type") else None)
        return answer

    @wrap(lambda_svc, "_execute_function_warm")
    def execute(original, *args):
        _reported.set(None)
        result = original(*args)
        reported = _reported.get()
        if reported and isinstance(result.get("body"), dict):
            result["body"]["errorType"] = reported["error_type"]
            if reported.get("trace"):
                result["body"]["trace"] = reported["trace"].split("\n")
        return result


def error_names():
    """AWS: a failed Node.js function reports {errorType, errorMessage, trace} with the name of what it threw."""
    substitute(
        lambda_runtime, "_NODEJS_WORKER_SCRIPT",
        "error: String(err.message || err), trace:",
        "error: String(err.message || err), error_type: err instanceof Error ? err.name : typeof err, trace:",
    )


def exit_error():
    """AWS: a function whose process dies fails with Runtime.ExitError, and the message says how it died."""

    @wrap(lambda_runtime.Worker, "_spawn")
    def spawn(original, worker):
        try:
            original(worker)
        finally:
            worker.spawned = worker._proc

    @wrap(lambda_runtime.Worker, "invoke")
    def invoke(original, worker, event, request_id, **kwargs):
        try:
            answer = original(worker, event, request_id, **kwargs)
        except RuntimeError as error:
            if not str(error).startswith(_DEATHS):
                raise
            answer = {"status": "error", "error": str(error), "log": ""}
        if answer["status"] == "error" and "error_type" not in answer and answer["error"].startswith(_DEATHS):
            message = f"RequestId: {request_id} Error: {_last_words(worker.spawned)}"
            return {**answer, "error": message, "error_type": "Runtime.ExitError"}
        return answer


def _last_words(process):
    try:
        code = process.wait(_EXIT_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        code = 0
    if code == 0:
        return "Runtime exited without providing a reason"
    if code < 0:
        return f"Runtime exited with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"
    return f"Runtime exited with error: exit status {code}"
