"""How task states wait, fail and are answered."""

import collections
import contextvars
import json
import random
import threading
import time

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions as sfn

from .patching import replace, require, wrap
from .step_functions_executions import Failure, check_running, current_execution

require(sfn, "_invoke_resource", "_jsonata_state_field", "_task_tokens", "new_uuid")

_NO_LIMIT_SECONDS = 400 * 24 * 3600  # longer than an execution may run
_CLOSED_TOKENS_KEPT = 50_000

_task_scope = contextvars.ContextVar("task_scope", default=None)  # (the state's input, its context)
_closed_tokens = collections.OrderedDict()


def _close(token):
    _closed_tokens[token] = True
    while len(_closed_tokens) > _CLOSED_TOKENS_KEPT:
        _closed_tokens.popitem(last=False)
    sfn._task_tokens.pop(token, None)


def _limit(state, field):
    """The seconds a timing field stands for, be it a number or a JSONata expression."""
    if field not in state:
        return _NO_LIMIT_SECONDS
    seconds = sfn._jsonata_state_field(state, field, "number", *_task_scope.get())
    if seconds <= 0:
        raise Failure("States.QueryEvaluationError", f"{field} must be positive, but is {seconds}")
    return seconds


def callback_tasks():
    """AWS: a callback task ends with its callback, its function's error, TimeoutSeconds or HeartbeatSeconds, whichever is first; both are numbers or JSONata."""

    @wrap(sfn, "_execute_task")
    def execute_task(original, state, raw_input, execution, ctx):
        scope = _task_scope.set((raw_input, ctx))
        try:
            return original(state, raw_input, execution, ctx)
        finally:
            _task_scope.reset(scope)

    @wrap(sfn, "_send_task_heartbeat")
    def heartbeat(original, data):
        task = sfn._task_tokens.get(data.get("taskToken"))
        if task:
            task["beat"] = time.monotonic()
        return original(data)

    @replace(sfn, "_invoke_with_callback")
    def invoke_with_callback(resource, arguments, token, state):
        timeout = _limit(state, "TimeoutSeconds")
        heartbeat = _limit(state, "HeartbeatSeconds")
        started = time.monotonic()
        task = {
            "event": threading.Event(), "result": None, "error": None, "heartbeat": None,
            "beat": started, "execution": current_execution.get(),
        }
        sfn._task_tokens[token] = task
        failures = []

        def invoke():
            try:
                sfn._invoke_resource(resource.replace(".waitForTaskToken", ""), arguments)
            except Failure as error:
                failures.append(error)
            except Exception as error:  # whatever else goes wrong in there fails the task as well
                failures.append(Failure("States.TaskFailed", str(error)))
            task["event"].set()

        threading.Thread(target=contextvars.copy_context().run, args=(invoke,), daemon=True).start()
        try:
            while True:
                task["event"].clear()
                if task["error"]:
                    raise Failure(task["error"]["Error"], task["error"]["Cause"])
                if task["result"] is not None:
                    return json.loads(task["result"])
                if failures:
                    raise failures[0]
                check_running()
                now = time.monotonic()
                if now >= started + timeout:
                    raise Failure("States.Timeout", "The task timed out waiting for its callback")
                if now >= task["beat"] + heartbeat:
                    raise Failure("States.HeartbeatTimeout", "The task sent no heartbeat in time")
                task["event"].wait(min(started + timeout, task["beat"] + heartbeat) - now)
        finally:
            _close(token)


def token_per_attempt():
    """AWS: every attempt of a callback task has a token of its own."""

    @wrap(sfn, "_apply_jsonata_arguments")
    def apply_arguments(original, state, raw_input, ctx=None):
        if ctx and "Task" in ctx and ".waitForTaskToken" in state.get("Resource", ""):
            ctx["Task"] = {"Token": sfn.new_uuid()}
        return original(state, raw_input, ctx)


def closed_tokens():
    """AWS: SendTask* answers TaskTimedOut for a task that has ended or whose execution has; an output must be JSON."""

    def send(original, data):
        token = data.get("taskToken")
        task = sfn._task_tokens.get(token)
        if (task and _has_ended(task)) or (task is None and token in _closed_tokens):
            return error_response_json("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400)
        try:
            json.loads(data.get("output", "{}"))
        except ValueError:
            return error_response_json("InvalidOutput", "Invalid Output: it is not JSON", 400)
        return original(data)

    for name in ("_send_task_success", "_send_task_failure", "_send_task_heartbeat"):
        wrap(sfn, name)(send)


def _has_ended(task):
    execution = task.get("execution")
    return task["result"] is not None or task["error"] or (execution and execution["status"] != "RUNNING")


def retry_delays():
    """AWS: a Retry waits IntervalSeconds times BackoffRate per attempt, at most MaxDelaySeconds, and with JitterStrategy FULL any time up to that."""

    @wrap(sfn, "_find_matching_retrier")
    def find(original, retriers, error, retry_counts):
        retrier, index = original(retriers, error, retry_counts)
        if retrier is None:
            return retrier, index
        grown = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retry_counts.get(index, 0)
        delay = min(grown, retrier.get("MaxDelaySeconds", grown))
        if retrier.get("JitterStrategy") == "FULL":
            delay = random.uniform(0, delay)
        return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1}, index
