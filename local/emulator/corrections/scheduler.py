"""EventBridge Scheduler."""

import re
import time
from datetime import datetime, timedelta, timezone
from uuid import uuid4
from zoneinfo import ZoneInfo

from ministack.core.responses import get_account_id, get_region, set_request_account_id, set_request_region
from ministack.services import eventbridge, scheduler

from .patching import require, wrap

require(scheduler, "_SCHEDULE_TICK_INTERVAL", "_schedule_last_fired", "_tick_schedules", "_schedules", "_to_epoch")
require(eventbridge, "_cron_next_fire", "_invoke_target", "_parse_cron_fields", "_parse_rate_seconds")


def schedules_fire_in_time():
    """AWS: a one-time schedule fires within seconds of its moment (MiniStack looks every ten seconds)."""
    scheduler._SCHEDULE_TICK_INTERVAL = 1


def changed_schedules_fire_again():
    """AWS: a created or updated schedule fires at its moment, whatever an earlier one of that name did."""

    def rearm(original, name, body):
        answer = original(name, body)
        if answer[0] == 200:
            key = (get_account_id(), get_region(), f"{body.get('GroupName', 'default')}/{name}")
            scheduler._schedule_last_fired.pop(key, None)
        return answer

    wrap(scheduler, "_create_schedule")(rearm)
    wrap(scheduler, "_update_schedule")(rearm)


def context_attributes():
    """AWS: <aws.scheduler.schedule-arn>, .scheduled-time, .execution-id and .attempt-number in a target's Input are replaced."""

    @wrap(eventbridge, "_invoke_target")
    def invoke_target(original, target, event, rule, *args):
        text = target.get("Input")
        if event.get("Source") != "aws.scheduler" or not text:
            return original(target, event, rule, *args)
        values = {
            "schedule-arn": rule["Arn"],
            "scheduled-time": _scheduled_time(rule, event),
            "execution-id": event["EventId"],
            "attempt-number": "1",
        }
        for name, value in values.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return original({**target, "Input": text}, event, rule, *args)


def recurring_schedules_keep_their_times():
    """AWS: cron times are of the schedule's time zone, a rate counts from its StartDate, and a firing names the very time it is for."""

    @wrap(scheduler, "_tick_schedules")
    def tick_schedules(original):
        now = time.time()
        for key, schedule in list(scheduler._schedules._data.items()):
            if schedule["ScheduleExpression"].startswith("at("):
                continue
            looked_at = scheduler._schedule_last_fired.get(key) or _changed_at(schedule)
            # MiniStack takes it for one that has just fired, and leaves it alone.
            scheduler._schedule_last_fired[key] = now
            due = _latest_time(schedule, now)
            if schedule.get("State") == "ENABLED" and due is not None and due > looked_at:
                _fire(key, schedule, due)
        original()


def _changed_at(schedule):
    return max(scheduler._to_epoch(schedule.get(name)) or 0 for name in ("CreationDate", "LastModificationDate"))


def _latest_time(schedule, now):
    """The time for which it fires now, or fired last; None: a cron whose time is not this minute, a rate before its start."""
    expression = schedule["ScheduleExpression"]
    interval = eventbridge._parse_rate_seconds(expression)
    if interval is not None:
        start = scheduler._to_epoch(schedule.get("StartDate")) or scheduler._to_epoch(schedule["CreationDate"])
        return start + (now - start) // interval * interval if now >= start else None
    fields = eventbridge._parse_cron_fields(expression)
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    minute = now // 60 * 60
    wall = datetime.fromtimestamp(minute, zone).replace(tzinfo=timezone.utc)
    return minute if fields and eventbridge._cron_next_fire(fields, wall - timedelta(seconds=1)) == wall else None


def _fire(key, schedule, due):
    account, region, _ = key
    before = get_account_id(), get_region()
    set_request_account_id(account)
    set_request_region(region)
    try:
        event = {"EventId": str(uuid4()), "Source": "aws.scheduler", "DetailType": "Scheduled Event", "Detail": "{}"}
        event |= {"Time": due, "Resources": [schedule["Arn"]], "Account": account, "Region": region}
        eventbridge._invoke_target(schedule["Target"], event, schedule)
    finally:
        set_request_account_id(before[0])
        set_request_region(before[1])


def _scheduled_time(schedule, event):
    once = re.fullmatch(r"at\((.+)\)", schedule["ScheduleExpression"])
    return f"{once.group(1)}Z" if once else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["Time"]))
