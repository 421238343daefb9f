"""DynamoDB streams that feed functions."""

import contextvars
import json
import time

from ministack.core.arn import parse_arn
from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

from .destinations import put_object, send_to_queue, timestamp
from .patching import replace, require, wrap

require(lambda_svc, "_poll_dynamodb_streams")

_RETRY_WAIT_SECONDS = 0.2
_SHARD_ID = "shardId-00000000000000000000-00000000"  # the only shard of a stream here

_current_mapping = contextvars.ContextVar("current_mapping", default=None)


def stream_retries():
    """AWS: a stream mapping honours MaximumRetryAttempts, BisectBatchOnFunctionError and ReportBatchItemFailures, and later records flow once a batch is given up."""

    @wrap(lambda_svc, "_iter_all_esms")
    def iterate(original):
        for account, region, mapping in original():
            _current_mapping.set(mapping)
            yield account, region, mapping
        _current_mapping.set(None)

    @wrap(lambda_svc, "_execute_function")
    def execute(original, function, event):
        mapping = _current_mapping.get()
        if not _is_batch_of(mapping, event) or int(mapping.get("MaximumRetryAttempts", -1)) < 0:
            return original(function, event)
        _deliver(lambda batch: original(function, {"Records": batch}), mapping, function, event["Records"], 0)
        return {"body": None}


def _is_batch_of(mapping, event):
    if not mapping or ":dynamodb:" not in mapping["EventSourceArn"] or not isinstance(event, dict):
        return False
    records = event.get("Records")
    return bool(records) and records[0].get("eventSourceARN") == mapping["EventSourceArn"]


def _deliver(invoke, mapping, function, batch, retries):
    """Deliver a batch and whatever it is cut into, until each record is done or given up."""
    while True:
        result = invoke(batch)
        first = _first_failure(mapping, batch, result)
        if first is None:
            return
        if first > 0:  # what came before the reported record is done, and the rest starts afresh
            batch, retries = batch[first:], 0
        elif len(batch) > 1 and mapping.get("BisectBatchOnFunctionError"):  # costs no retry
            middle = len(batch) // 2
            _deliver(invoke, mapping, function, batch[:middle], retries)
            batch = batch[middle:]
        elif retries < int(mapping["MaximumRetryAttempts"]):
            retries += 1
        else:
            outcome = {**result, "attempts": retries + 1}
            lambda_svc._send_ddb_stream_failure_record(
                mapping, function, batch, mapping["EventSourceArn"], outcome, "RetryAttemptsExhausted"
            )
            return
        time.sleep(_RETRY_WAIT_SECONDS)


def _first_failure(mapping, batch, result):
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []):
        return None
    failures = (result.get("body") or {}).get("batchItemFailures") or []
    failed = {failure["itemIdentifier"] for failure in failures}
    return next((i for i, record in enumerate(batch) if record["dynamodb"]["SequenceNumber"] in failed), None)


def stream_failure_records():
    """AWS: the record of a batch that a stream mapping gave up counts its attempts; an S3 bucket as OnFailure gets the whole event with it."""

    @replace(lambda_svc, "_send_ddb_stream_failure_record")
    def send(mapping, function, batch, stream_arn, outcome, condition):
        destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if not destination:
            return
        record = _failure_record(mapping, function, batch, stream_arn, outcome, condition)
        if parse_arn(destination).service == "s3":
            whole = {**record, "payload": json.dumps({"Records": batch})}
            put_object(destination, f"aws/lambda/{mapping['UUID']}/{_SHARD_ID}", whole)
        else:
            send_to_queue(destination, record)


def _failure_record(mapping, function, batch, stream_arn, outcome, condition):
    first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
    return {
        "requestContext": {
            "requestId": new_uuid(),
            "functionArn": mapping["FunctionArn"],
            "condition": condition,
            "approximateInvokeCount": outcome.get("attempts", 1),
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": (function.get("config") or function).get("Version", "$LATEST"),
            "functionError": outcome.get("function_error") or ("Unhandled" if outcome.get("error") else None),
        },
        "version": "1.0",
        "timestamp": timestamp(),
        "DDBStreamBatchInfo": {
            "shardId": _SHARD_ID,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _arrival(first),
            "approximateArrivalOfLastRecord": _arrival(last),
            "batchSize": len(batch),
            "streamArn": stream_arn,
        },
    }


def _arrival(record):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record["ApproximateCreationDateTime"]))
