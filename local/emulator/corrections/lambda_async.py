"""Asynchronous invocations: retries, age and destinations."""

import contextvars
import json
import threading
import time

from ministack.core.responses import new_uuid
from ministack.services import eventbridge, lambda_svc

from .destinations import deliver_record, invoke_function, send_to_queue, timestamp
from .patching import replace, require, wrap

require(
    lambda_svc, "_event_invoke_config", "_execute_function", "_functions", "_lambda_function_name_and_qualifier_from_arn",
    "_run_with_function_config_scope",
)

_RETRY_WAIT_SECONDS = 60  # AWS waits one minute before the first retry and two before the second
_THROTTLE_WAIT_LIMIT_SECONDS = 300
_HASTE = 60  # our waits are so many times shorter, but count in full against the event's age
_DEFAULT_RETRIES = 2
_DEFAULT_MAXIMUM_AGE_SECONDS = 6 * 3600


def asynchronous_invocations():
    """AWS: an asynchronous invocation follows the EventInvokeConfig of the very qualifier it names: retries, event age, and a record to OnSuccess or OnFailure (or the event to the dead letter queue)."""

    @replace(lambda_svc, "invoke_async_with_retry")
    def invoke_async(function, event):
        context = contextvars.copy_context()
        run = lambda_svc._run_with_function_config_scope
        threading.Thread(target=context.run, args=(run, function, _settle, function, event), daemon=True).start()


def _settle(function, event):
    config = function.get("config") or function
    name, qualifier = lambda_svc._lambda_function_name_and_qualifier_from_arn(config["FunctionArn"])
    settings = _event_invoke_config(name, qualifier)
    condition, attempts, result = _run(function, event, settings)
    record = {
        "version": "1.0",
        "timestamp": timestamp(),
        "requestContext": {
            "requestId": new_uuid(),
            "functionArn": config["FunctionArn"] if qualifier else f"{config['FunctionArn']}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": config.get("Version", "$LATEST")},
        "responsePayload": result.get("body"),
    }
    if condition != "Success":
        record["responseContext"]["functionError"] = result.get("function_error") or "Unhandled"
    side = "OnSuccess" if condition == "Success" else "OnFailure"
    destination = (settings.get("DestinationConfig") or {}).get(side, {}).get("Destination")
    if destination:
        deliver_record(destination, record)
    dead_letters = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if dead_letters and condition != "Success":
        send_to_queue(dead_letters, event)


def _event_invoke_config(name, qualifier):
    function = lambda_svc._functions[name]
    if qualifier and qualifier != "$LATEST":
        return lambda_svc._event_invoke_config(function, qualifier) or {}
    return lambda_svc._event_invoke_config(function, "$LATEST") or lambda_svc._event_invoke_config(function, None) or {}


def _run(function, event, settings):
    retries = int(settings.get("MaximumRetryAttempts", _DEFAULT_RETRIES))
    maximum_age = int(settings.get("MaximumEventAgeInSeconds", _DEFAULT_MAXIMUM_AGE_SECONDS))
    age = attempts = throttles = 0
    while True:
        result = lambda_svc._execute_function(function, event)
        if result.get("throttle"):
            wait = min(2**throttles, _THROTTLE_WAIT_LIMIT_SECONDS)
            throttles += 1
        else:
            attempts += 1
            if not result.get("error"):
                return "Success", attempts, result
            if attempts > retries:
                return "RetriesExhausted", attempts, result
            wait = _RETRY_WAIT_SECONDS * attempts
        age += wait
        if age >= maximum_age:
            return "EventAgeExceeded", attempts, result
        time.sleep(wait / _HASTE)


def events_invoke_asynchronously():
    """AWS: EventBridge and Scheduler invoke a function asynchronously, so that its failures are retried."""

    @wrap(eventbridge, "_dispatch_to_lambda")
    def dispatch(original, arn, payload):
        try:
            event = json.loads(payload)
        except ValueError:
            return original(arn, payload)
        return invoke_function(arn, event)
