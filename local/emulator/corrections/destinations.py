"""Deliver what became of an invocation to where its destination says."""

import json
import logging
import time
from datetime import datetime, timezone

from ministack.core.arn import parse_arn
from ministack.core.responses import new_uuid
from ministack.services import eventbridge, lambda_svc, s3, sqs

from .patching import require

require(eventbridge, "_put_events")
require(lambda_svc, "_execution_record_for_config", "_get_func_record_for_ref", "invoke_async_with_retry")
require(s3, "_put_object")
require(sqs, "_act_send_message", "_queue_url")

_log = logging.getLogger("destinations")


def timestamp(seconds=None):
    """ISO 8601 in UTC with milliseconds, as AWS writes it in invocation records."""
    moment = datetime.fromtimestamp(time.time() if seconds is None else seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def invoke_function(arn, event):
    """Invoke the function, version or alias asynchronously."""
    function, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not function:
        _log.error("no function %s to deliver to", name)
        return
    lambda_svc.invoke_async_with_retry(
        lambda_svc._execution_record_for_config(function, {**config, "FunctionArn": arn}), event
    )


def send_to_queue(arn, body):
    """Send a message to a standard queue."""
    url = sqs._queue_url(parse_arn(arn).resource)
    sqs._act_send_message({"QueueUrl": url, "MessageBody": json.dumps(body)}, url)


def put_object(bucket_arn, prefix, body):
    """Write an object under the key AWS documents: prefix/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>."""
    key = f"{prefix}/{time.strftime('%Y/%m/%d/%Y-%m-%dT%H.%M.%S', time.gmtime())}-{new_uuid()}"
    status, _headers, answer = s3._put_object(parse_arn(bucket_arn).resource, key, json.dumps(body).encode(), {})
    if status != 200:
        _log.error("cannot write %s to %s: %s", key, bucket_arn, answer)


def deliver_record(arn, record):
    """Deliver the record of an asynchronous invocation to a function, a queue or an event bus."""
    service = parse_arn(arn).service
    if service == "lambda":
        invoke_function(arn, record)
    elif service == "sqs":
        send_to_queue(arn, record)
    elif service == "events":
        outcome = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
        eventbridge._put_events({"Entries": [{
            "EventBusName": arn,
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {outcome}",
            "Resources": [arn, record["requestContext"]["functionArn"]],
            "Detail": json.dumps(record),
        }]})
    else:
        _log.error("no delivery to %s", arn)
