"""DynamoDB tables made by CloudFormation."""

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from .patching import require

require(dynamodb, "_update_ttl")
require(provisioners, "_RESOURCE_HANDLERS")


def time_to_live():
    """AWS: the TimeToLiveSpecification of a table (CDK's Table and TableV2) takes effect."""

    def creating(create):
        def with_time_to_live(logical_id, properties, stack_name):
            name, attributes = create(logical_id, properties, stack_name)
            specification = properties.get("TimeToLiveSpecification")
            if specification:
                enabled = str(specification["Enabled"]).lower() == "true"
                dynamodb._update_ttl(
                    {"TableName": name, "TimeToLiveSpecification": {**specification, "Enabled": enabled}}
                )
            return name, attributes

        return with_time_to_live

    for kind in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        handlers = provisioners._RESOURCE_HANDLERS[kind]
        handlers["create"] = creating(handlers["create"])
