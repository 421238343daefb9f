"""HTTP APIs in front of functions."""

import logging

from ministack.services import lambda_svc

from .patching import wrap

_log = logging.getLogger("http_api")


def integration_errors():
    """AWS: an HTTP API answers 500 {"message":"Internal Server Error"} for a function that fails, and hides the error."""

    @wrap(lambda_svc, "lambda_execute_result_to_api_proxy_response")
    def respond(original, result):
        response, extra = original(result)
        if result.get("error") and response["statusCode"] == 502:
            _log.error("a function failed: %s\n%s", result.get("body"), result.get("log", ""))
            response = {"statusCode": 500, "body": '{"message":"Internal Server Error"}'}
        return response, extra
