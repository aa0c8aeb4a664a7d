"""The protobuf package `envoy.extensions.filters.http.jwt_authn.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "JwksAsyncFetch",
    "JwtAuthentication",
    "JwtCacheConfig",
    "JwtClaimToHeader",
    "JwtHeader",
    "JwtProvider",
    "JwtRequirement",
    "JwtRequirementAndList",
    "JwtRequirementOrList",
    "PerRouteConfig",
    "ProviderWithAudiences",
    "RemoteJwks",
    "RequirementRule",
]

__getattr__ = made_when_used("envoy.extensions.filters.http.jwt_authn.v3", globals())
