"""What an execution's history tells."""

from ministack.services import stepfunctions as sfn

from .patching import require, wrap

require(sfn, "_add_event")


class _ItemContext(dict):
    """The context of one item: MiniStack notes in it which state the item enters."""

    def __init__(self, context, states, execution):
        super().__init__(context)
        self._states = states
        self._execution = execution

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        if key == "State":
            kind = self._states[value["Name"]]["Type"]
            details = {"stateEnteredEventDetails": {"name": value["Name"]}}
            sfn._add_event(self._execution, f"{kind}StateEntered", details)


def history_has_the_states_of_items():
    """AWS: the history of an execution has an event for each state that an item of an inline Map enters."""

    @wrap(sfn, "_run_sub_machine")
    def run_item(original, states, start, data, execution, context):
        return original(states, start, data, execution, _ItemContext(context, states, execution))
