"""The protobuf package `envoy.config.route.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "Decorator",
    "DirectResponseAction",
    "FilterConfig",
    "HeaderMatcher",
    "HedgePolicy",
    "InternalRedirectPolicy",
    "NonForwardingAction",
    "QueryParameterMatcher",
    "RedirectAction",
    "RetryPolicy",
    "Route",
    "RouteAction",
    "RouteConfiguration",
    "RouteMatch",
    "VirtualHost",
    "WeightedCluster",
]

__getattr__ = made_when_used("envoy.config.route.v3", globals())
