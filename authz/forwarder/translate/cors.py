"""Which pages of other origins may ask, as Envoy's CORS filter has it for a route.

Source: istio/istio pilot/pkg/networking/core/route/route.go, TranslateCORSPolicy.
"""

from datetime import timedelta

from authz.forwarder.translate.string_matchers import string_matcher
from authz.model.routing.http_route import CorsPolicy, UnmatchedPreflights
from authz.model.routing.matching import Present
from authz.pb import cors
from authz.pb.core import RuntimeFractionalPercent
from authz.pb.envoy_type import FractionalPercent
from authz.pb.protobuf import BoolValue

CORS_FILTER = "envoy.filters.http.cors"
_SECOND = timedelta(seconds=1)
_ALWAYS = 100


def cors_policy(policy: CorsPolicy) -> cors.CorsPolicy:
    """The policy of a route. A preflight of another origin goes on to the workload, unless it is to be ignored.

    An origin that would be any, which no reader gives, is left out: then the browser refuses.
    """
    made = cors.CorsPolicy(
        allow_origin_string_match=[
            string_matcher(origin) for origin in policy.allow_origins if not isinstance(origin, Present)
        ],
        allow_methods=",".join(policy.allow_methods),
        allow_headers=",".join(policy.allow_headers),
        expose_headers=",".join(policy.expose_headers),
        max_age="" if policy.max_age is None else str(policy.max_age // _SECOND),
        filter_enabled=RuntimeFractionalPercent(default_value=FractionalPercent(numerator=_ALWAYS)),
        forward_not_matching_preflights=BoolValue(value=policy.unmatched_preflights is UnmatchedPreflights.FORWARD),
    )
    if policy.allow_credentials is not None:
        made.allow_credentials.CopyFrom(BoolValue(value=policy.allow_credentials))
    return made
