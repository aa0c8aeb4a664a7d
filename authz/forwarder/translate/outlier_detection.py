"""When an endpoint is left out for a while.

Source: istio/istio pilot/pkg/networking/core/cluster_traffic_policy.go, applyOutlierDetection and
applyOutlierDetectionErrorCodes.
"""

from collections.abc import Sequence

from authz.forwarder.translate.wrapped import as_duration, as_percent, as_uint32
from authz.model.routing.traffic_policy import OutlierDetection
from authz.pb.cluster import Cluster
from authz.pb.cluster import OutlierDetection as EnvoyOutlierDetection
from authz.pb.common_matcher import HttpHeadersMatch, MatchPredicate
from authz.pb.matcher import StringMatcher
from authz.pb.protobuf import UInt32Value
from authz.pb.route import HeaderMatcher

_ALWAYS, _NEVER = 100, 0


def add_outlier_detection(cluster: Cluster, policy: OutlierDetection | None) -> None:
    """Let a cluster leave endpoints out. With few that are healthy it goes on with those, unless the policy says more.

    Success rates never count. Without a policy nothing is left out, and Envoy's own panic threshold of 50 % stays.
    """
    if policy is None:
        return
    made = cluster.outlier_detection
    made.enforcing_success_rate.CopyFrom(as_uint32(_NEVER))
    if policy.consecutive_5xx_errors is not None:
        made.consecutive_5xx.CopyFrom(as_uint32(policy.consecutive_5xx_errors))
        made.enforcing_consecutive_5xx.CopyFrom(_enforcing(policy.consecutive_5xx_errors))
    if policy.consecutive_gateway_errors is not None:
        made.consecutive_gateway_failure.CopyFrom(as_uint32(policy.consecutive_gateway_errors))
        made.enforcing_consecutive_gateway_failure.CopyFrom(_enforcing(policy.consecutive_gateway_errors))
    if policy.interval is not None:
        made.interval.CopyFrom(as_duration(policy.interval))
    if policy.base_ejection_time is not None:
        made.base_ejection_time.CopyFrom(as_duration(policy.base_ejection_time))
    if policy.max_ejection_percent is not None:
        made.max_ejection_percent.CopyFrom(as_uint32(policy.max_ejection_percent))
    if policy.split_local_origin_errors:
        _split(made, policy.consecutive_local_origin_failures)
    cluster.common_lb_config.healthy_panic_threshold.CopyFrom(as_percent(policy.min_health_percent))


def _enforcing(errors: int) -> UInt32Value:
    return as_uint32(_ALWAYS if errors else _NEVER)


def _split(made: EnvoyOutlierDetection, failures: int | None) -> None:
    made.split_external_local_origin_errors = True
    if failures:
        made.consecutive_local_origin_failure.CopyFrom(as_uint32(failures))
        made.enforcing_consecutive_local_origin_failure.CopyFrom(as_uint32(_ALWAYS))
    made.enforcing_local_origin_success_rate.CopyFrom(as_uint32(_NEVER))


def error_matcher(codes: Sequence[int]) -> MatchPredicate:
    """The responses that count as errors, by their status: at least one. They take the place of 5xx."""
    rules = [_of_status(code) for code in codes]
    return rules[0] if len(rules) == 1 else MatchPredicate(or_match=MatchPredicate.MatchSet(rules=rules))


def _of_status(code: int) -> MatchPredicate:
    matcher = HeaderMatcher(name=":status", string_match=StringMatcher(exact=str(code)))
    return MatchPredicate(http_response_headers_match=HttpHeadersMatch(headers=[matcher]))
