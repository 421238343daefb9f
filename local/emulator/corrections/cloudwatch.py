"""CloudWatch alarms made by CloudFormation."""

from ministack.services.cloudformation import provisioners

from .patching import wrap

_NO_DATA = {"Namespace": "Expressions", "MetricName": "Expression", "Statistic": "Sum", "Period": 300}


def metric_math_alarms():
    """AWS: an alarm may watch an expression over several Metrics; here such an alarm is there and never goes off."""

    @wrap(provisioners, "_cw_metric_alarm_record")
    def record(original, name, properties):
        if "Metrics" not in properties:
            return original(name, properties)
        others = {key: value for key, value in properties.items() if key != "Metrics"}
        return original(name, {**others, **_NO_DATA, "TreatMissingData": "missing"})
