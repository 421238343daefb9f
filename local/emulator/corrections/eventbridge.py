"""Event buses made by CloudFormation."""

from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners

from .patching import require

require(eventbridge, "_event_bus_policies")
require(provisioners, "_RESOURCE_HANDLERS")


def event_bus_policies():
    """AWS: an AWS::Events::EventBusPolicy puts its Statement into the policy of its bus, by its StatementId."""

    def create(_logical_id, properties, _stack_name):
        bus, sid = _bus_of(properties), properties["StatementId"]
        others = _without(bus, sid)
        statement = {"Sid": sid, **properties["Statement"]}
        eventbridge._event_bus_policies[bus] = {"Version": "2012-10-17", "Statement": [*others, statement]}
        return f"{bus}|{sid}", {}

    def update(_physical_id, old, new, stack_name):
        delete(None, old)
        return create(None, new, stack_name)

    def delete(_physical_id, properties):
        bus = _bus_of(properties)
        others = _without(bus, properties["StatementId"])
        if others:
            eventbridge._event_bus_policies[bus] = {"Version": "2012-10-17", "Statement": others}
        else:
            eventbridge._event_bus_policies.pop(bus, None)

    provisioners._RESOURCE_HANDLERS["AWS::Events::EventBusPolicy"] = {
        "create": create,
        "update": update,
        "delete": delete,
    }


def _bus_of(properties):
    return properties.get("EventBusName", "default")


def _without(bus, sid):
    policy = eventbridge._event_bus_policies.get(bus) or {"Statement": []}
    return [statement for statement in policy["Statement"] if statement.get("Sid") != sid]
