"""Copies of requests, as Envoy has them.

Source: istio/istio pilot/pkg/networking/core/route/route.go, TranslateRequestMirrorPolicy and MirrorPercent.
"""

from authz.forwarder.translate.wrapped import as_millionths
from authz.model.routing.http_route import Percent
from authz.pb.core import RuntimeFractionalPercent
from authz.pb.protobuf import BoolValue
from authz.pb.route import RouteAction


def mirror_policy(cluster: str, percentage: Percent) -> RouteAction.RequestMirrorPolicy:
    """Copies go to a cluster under the host that the client asked for, without Envoy's `-shadow` behind it."""
    return RouteAction.RequestMirrorPolicy(
        cluster=cluster,
        runtime_fraction=RuntimeFractionalPercent(default_value=as_millionths(percentage)),
        trace_sampled=BoolValue(value=False),
        disable_shadow_host_suffix_append=True,
    )
