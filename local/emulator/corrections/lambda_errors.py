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

_reported = contextvars.ContextVar("reported_error", default=None)  # the error payload of the worker's answer


def carry_error_payloads():
    """Not a correction by itself: carries the error payload of a worker's answer to those who called the function."""

    @wrap(lambda_runtime.Worker, "invoke")
    def invoke(original, *args, **kwargs):
        answer = original(*args, **kwargs)
        _reported.set(answer.get("payload"))
        return answer

    @wrap(lambda_svc, "_execute_function_warm")
    def execute(original, *args):
        _reported.set(None)
        result = original(*args)
        if result.get("error") and _reported.get():
            result["body"] = _reported.get()
        return result


def thrown_errors():
    """AWS: a Node.js function that throws reports {errorType, errorMessage, trace} of what it threw, and its process serves the next call."""
    substitute(
        lambda_runtime, "_NODEJS_WORKER_SCRIPT",
        'status: "error", error: String(err.message || err), trace: err.stack || ""',
        """status: "ok", thrown: {
              errorType: err instanceof Error ? err.name : typeof err,
              errorMessage: err instanceof Error ? err.message : String(err),
              trace: err instanceof Error ? String(err.stack).split("\\n") : [],
            }""",
    )

    @wrap(lambda_runtime.Worker, "invoke")
    def invoke(original, *args, **kwargs):
        answer = original(*args, **kwargs)
        thrown = answer.get("thrown")
        if not thrown:
            return answer
        trace = "\n".join(thrown["trace"])
        return {**answer, "status": "error", "error": thrown["errorMessage"], "trace": trace, "payload": thrown}


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
            answer = {"status": "error", "error": str(error), "log": str(error)}
        if answer["status"] != "error" or "payload" in answer or not answer["error"].startswith(_DEATHS):
            return answer
        message = f"RequestId: {request_id} Error: {_last_words(worker.spawned)}"
        return {**answer, "error": message, "payload": {"errorType": "Runtime.ExitError", "errorMessage": message}}


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
