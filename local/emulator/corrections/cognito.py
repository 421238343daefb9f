"""User pools."""

from ministack.services import cognito

from .patching import require, wrap

_REFRESH = "TokenGeneration_RefreshTokens"


def refreshed_tokens_have_groups():
    """AWS: a token that was renewed by a refresh token names the groups that its user is in by then."""
    require(cognito, "_get_pool_unscoped")

    @wrap(cognito, "_fake_token")
    def make_token(original, sub, pool_id, client_id, token_type="access", **rest):
        if rest.get("trigger_source") == _REFRESH and rest.get("groups") is None:
            pool = cognito._get_pool_unscoped(pool_id) or {}
            user = pool.get("_users", {}).get(rest.get("username"), {})
            rest["groups"] = list(user.get("_groups", []))
        return original(sub, pool_id, client_id, token_type, **rest)
