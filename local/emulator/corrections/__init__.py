"""Where MiniStack differs from AWS in something Jobplane relies on, corrected.

Each correction is our own code around MiniStack's functions: none of MiniStack's source is copied. Its doc
string is one sentence on what AWS does, and test/emulator/ holds a check that fails without it.
"""

from . import (
    cloudwatch,
    cognito,
    dynamodb,
    eventbridge,
    http_api,
    lambda_async,
    lambda_errors,
    lambda_streams,
    lambda_workers,
    persistence,
    scheduler,
    step_functions_executions,
    step_functions_history,
    step_functions_tasks,
)
from .patching import require_pinned_version

_GROUNDWORK = (step_functions_executions.follow_executions, lambda_errors.carry_error_payloads)

_CORRECTIONS = (
    step_functions_executions.stop_at_once,
    step_functions_executions.map_fails_fast,
    step_functions_executions.start_is_idempotent,
    step_functions_executions.execution_names,
    step_functions_history.history_has_the_states_of_items,
    step_functions_tasks.callback_tasks,
    step_functions_tasks.token_per_attempt,
    step_functions_tasks.closed_tokens,
    step_functions_tasks.retry_delays,
    lambda_errors.thrown_errors,
    lambda_errors.exit_error,
    lambda_async.asynchronous_invocations,
    lambda_async.events_invoke_asynchronously,
    lambda_streams.stream_retries,
    lambda_streams.stream_failure_records,
    lambda_workers.silent_functions_answer_at_once,
    lambda_workers.bursts_share_workers,
    dynamodb.time_to_live,
    eventbridge.event_bus_policies,
    cloudwatch.metric_math_alarms,
    http_api.integration_errors,
    cognito.refreshed_tokens_have_groups,
    scheduler.schedules_fire_in_time,
    scheduler.changed_schedules_fire_again,
    scheduler.context_attributes,
    scheduler.recurring_schedules_keep_their_times,
    persistence.snapshots,
    persistence.streams_survive,
    persistence.fired_schedules_are_remembered,
    persistence.interrupted_executions_are_announced,
)

CORRECTIONS = {correction.__name__.replace("_", "-"): correction for correction in _CORRECTIONS}


def apply(without=frozenset()):
    """Apply the corrections, but for those named in `without`."""
    require_pinned_version()
    unknown = set(without) - CORRECTIONS.keys()
    if unknown:
        raise ValueError(f"no correction is called {', '.join(sorted(unknown))}")
    for name, correct in CORRECTIONS.items():
        if name not in without:
            correct()
    for lay in _GROUNDWORK:  # last, so that it is around all corrections
        lay()
