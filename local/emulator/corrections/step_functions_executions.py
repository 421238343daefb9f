"""How executions start, stop and fail."""

import contextvars
import re
import threading
import time

from ministack.core.responses import error_response_json, json_response
from ministack.services import stepfunctions as sfn

from .patching import require, wrap

require(
    sfn, "_ExecutionError", "_executions", "_resolve_state_machine_arn", "_state_machines", "_task_tokens",
)

Failure = sfn._ExecutionError

_STOP_CHECK_SECONDS = 0.1
_NAME_MAX_LENGTH = 80
_NAME_FORBIDDEN = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\U0010ffff]""")

current_execution = contextvars.ContextVar("current_execution", default=None)
_enclosing_maps = contextvars.ContextVar("enclosing_maps", default=())  # each {"error": the first failure of an item}


def check_running():
    """Leave the current state when its execution has ended or another item of its Map has failed."""
    execution = current_execution.get()
    if execution is not None and execution["status"] != "RUNNING":
        raise Failure("States.Runtime", f"the execution is {execution['status']}")
    _check_maps()


def _check_maps():
    for enclosing in _enclosing_maps.get():
        if enclosing["error"] is not None:
            raise enclosing["error"]


def wake_waiting_tasks():
    """Let every task that waits for its callback look again at why it waits."""
    for task in list(sfn._task_tokens._data.values()):
        task["event"].set()


def follow_executions():
    """Not a correction by itself: tells the others which execution the current thread works for."""

    @wrap(sfn, "_run_execution")
    def run_execution(original, arn):
        token = current_execution.set(sfn._executions.get(arn))
        try:
            original(arn)
        finally:
            current_execution.reset(token)


def stop_at_once():
    """AWS: StopExecution ends an execution for good: nothing of it starts, changes its status or is recorded later."""

    @wrap(sfn, "_stop_execution")
    def stop_execution(original, data):
        answer = original(data)
        wake_waiting_tasks()
        return answer

    for name in ("_execute_task", "_execute_pass", "_execute_choice", "_execute_wait"):

        @wrap(sfn, name)
        def execute(original, *args):
            check_running()
            return original(*args)

    @wrap(sfn, "_scaled_sleep")
    def sleep(original, seconds):
        deadline = time.monotonic() + seconds
        while (remaining := deadline - time.monotonic()) > 0:
            check_running()
            original(min(remaining, _STOP_CHECK_SECONDS))

    @wrap(sfn, "_add_event")
    def add_event(original, execution, kind, details=None):
        if execution["status"] == "RUNNING" or kind.startswith("Execution"):
            original(execution, kind, details)

    @wrap(sfn, "_fail_execution")
    def fail_execution(original, execution, error, cause):
        if execution["status"] == "RUNNING":
            original(execution, error, cause)


def map_fails_fast():
    """AWS: the first item that fails fails an inline Map, and the items that have not ended are stopped."""

    @wrap(sfn, "_run_map_items")
    def run_map_items(original, *args):
        token = _enclosing_maps.set((*_enclosing_maps.get(), {"error": None}))
        try:
            return original(*args)
        finally:
            _enclosing_maps.reset(token)

    @wrap(sfn, "_run_sub_machine")
    def run_item(original, *args):
        try:
            _check_maps()
            return original(*args)
        except Exception as error:
            maps = _enclosing_maps.get()
            if maps and maps[-1]["error"] is None:
                maps[-1]["error"] = error if isinstance(error, Failure) else Failure("States.Runtime", str(error))
                wake_waiting_tasks()
            raise


def start_is_idempotent():
    """AWS: StartExecution with the name and the input of a RUNNING execution answers with that execution."""
    lock = threading.Lock()

    @wrap(sfn, "_start_execution")
    def start_execution(original, data):
        with lock:
            machine = sfn._state_machines.get(sfn._resolve_state_machine_arn(data.get("stateMachineArn", "")))
            if machine and data.get("name"):
                arn = f"{machine['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{data['name']}"
                execution = sfn._executions.get(arn)
                if execution and execution["status"] == "RUNNING" and execution["input"] == data.get("input", "{}"):
                    return json_response({"executionArn": arn, "startDate": execution["startDate"]})
            return original(data)


def execution_names():
    """AWS: an execution's name has at most 80 characters, without white space, brackets, wildcards and some others."""

    @wrap(sfn, "_start_execution")
    def start_execution(original, data):
        name = data.get("name")
        if name is not None and (not 1 <= len(name) <= _NAME_MAX_LENGTH or _NAME_FORBIDDEN.search(name)):
            return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
        return original(data)
