"""EventBridge Scheduler."""

import re
import time

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, scheduler

from .patching import require, wrap

require(scheduler, "_SCHEDULE_TICK_INTERVAL", "_schedule_last_fired", "_tick_schedules")


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


def _scheduled_time(schedule, event):
    once = re.fullmatch(r"at\((.+)\)", schedule["ScheduleExpression"])
    return f"{once.group(1)}Z" if once else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["Time"]))
