"""Cognito user pools made by CloudFormation."""

from ministack.services.cloudformation import provisioners

from .patching import wrap


def provider_url():
    """AWS: Fn::GetAtt gives a user pool's ProviderURL, which is the issuer of its tokens."""

    @wrap(provisioners, "_cognito_user_pool_attributes")
    def attributes(original, pool_id):
        known = original(pool_id)
        return {**known, "ProviderURL": f"https://{known['ProviderName']}"}
