"""What survives a crash or a restart of the emulator."""

import copy
import logging
import threading
import time

from ministack import app
from ministack.core import persistence
from ministack.services import dynamodb, lambda_svc, scheduler
from ministack.services import stepfunctions as sfn

from .patching import require, wrap

require(app, "_build_persistence_save_dict")
require(persistence, "PERSIST_STATE", "save_all")
require(dynamodb, "_lock", "_stream_records", "_stream_trimmed", "stream_end_position")
require(lambda_svc, "_dynamodb_stream_positions")
require(scheduler, "_schedule_last_fired")
require(sfn, "_emit_execution_status_event", "_executions")

_SNAPSHOT_SECONDS = 5
_START_SECONDS = 2  # until the functions that listen can be called

_log = logging.getLogger("snapshots")


def snapshots():
    """AWS: what was answered is durable (MiniStack saves only when it is asked to stop, so a crash would lose everything)."""

    logging.getLogger("persistence").setLevel(logging.WARNING)  # or it tells of every file, every time

    def save():
        while True:
            time.sleep(_SNAPSHOT_SECONDS)
            try:
                persistence.save_all(app._build_persistence_save_dict())
            except Exception:  # the next snapshot makes up for this one
                _log.exception("snapshot failed")

    if persistence.PERSIST_STATE:
        threading.Thread(target=save, daemon=True).start()


def streams_survive():
    """AWS: a stream goes on where its consumer stood (MiniStack saves the position without the records)."""

    @wrap(dynamodb, "get_state")
    def get_state(original):
        with dynamodb._lock:
            return {
                **original(),
                "stream_records": copy.copy(dynamodb._stream_records),
                "stream_trimmed": copy.copy(dynamodb._stream_trimmed),
            }

    @wrap(dynamodb, "load_persisted_state")
    def load(original, data):
        original(data)
        dynamodb._stream_records.update(data.get("stream_records", {}))
        dynamodb._stream_trimmed.update(data.get("stream_trimmed", {}))

    @wrap(lambda_svc, "_iter_all_esms")
    def iterate(original):
        for account, region, mapping in original():
            _forget_future_position(account, region, mapping)
            yield account, region, mapping


def _forget_future_position(account, region, mapping):
    """The files of a snapshot are of different moments: a position beyond the stream's end would skip records."""
    source = mapping["EventSourceArn"]
    key = (account, region, mapping["UUID"])
    positions = lambda_svc._dynamodb_stream_positions._data
    if ":dynamodb:" in source and key in positions:
        end = dynamodb.stream_end_position(source.split("/")[1], account_id=account, region=region)
        positions[key] = min(positions[key], end)


def fired_schedules_are_remembered():
    """AWS: a one-time schedule that is kept after it fired never fires a second time."""

    @wrap(scheduler, "get_state")
    def get_state(original):
        return {**original(), "fired": [[list(key), moment] for key, moment in scheduler._schedule_last_fired.items()]}

    @wrap(scheduler, "load_persisted_state")
    def load(original, data):
        original(data)
        scheduler._schedule_last_fired.update({tuple(key): moment for key, moment in data.get("fired", [])})


def interrupted_executions_are_announced():
    """AWS: every end of an execution is announced on the event bus (MiniStack fails those a restart cut off in silence)."""

    @wrap(sfn, "load_persisted_state")
    def load(original, data):
        running = {key for key, execution in data["executions"]._data.items() if execution["status"] == "RUNNING"}
        original(data)
        lost = [sfn._executions._data[key] for key in running]
        timer = threading.Timer(_START_SECONDS, lambda: [sfn._emit_execution_status_event(each) for each in lost])
        timer.daemon = True
        timer.start()
