"""What a DestinationRule comes to for one port and one subset.

Source: istio/istio pilot/pkg/networking/util/util.go (GetPortLevelTrafficPolicy, MergeSubsetTrafficPolicy) and
pilot/pkg/networking/core/cluster_traffic_policy.go (applyDefaultTrafficPolicy).
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from authz.mesh.destination_rules import MergedRule
from authz.model.routing.client_tls import ClientTls
from authz.model.routing.traffic_policy import (
    ConnectionPool,
    LoadBalancer,
    OutlierDetection,
    PortPolicy,
    ProxyProtocol,
    RetryBudget,
    TrafficPolicy,
    Tunnel,
)
from authz.model.where import Where

Block = TypeVar("Block")


@dataclass(frozen=True, slots=True)
class From(Generic[Block]):
    """A block of a policy, and the place of the policy that it comes from."""

    value: Block
    where: Where


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """Each block, None where nobody says anything."""

    load_balancer: From[LoadBalancer] | None = None
    connection_pool: From[ConnectionPool] | None = None
    outlier_detection: From[OutlierDetection] | None = None
    tls: From[ClientTls] | None = None
    tunnel: From[Tunnel] | None = None
    proxy_protocol: From[ProxyProtocol] | None = None
    retry_budget: From[RetryBudget] | None = None


def effective_policy(
    rule: MergedRule | None, port: int, subset: str = "", default: TrafficPolicy | None = None
) -> EffectivePolicy:
    """What holds for a port of the service, by its number, and a subset; empty: for the service as a whole.

    An entry for the port replaces the policy beside it, so that what it leaves out is nobody's. Of a subset each block
    that is there replaces the service's. `default`: the mesh's `defaultTrafficPolicy`, for connection pools and outlier
    detection that are said nowhere.
    """
    top = rule.traffic_policy if rule else None
    found = _for_port(top, port)
    part = rule.subset(subset) if rule and subset else None
    if part is not None and part.traffic_policy is not None:
        found = _overridden(found, part.traffic_policy, port)
    if default is None:
        return found
    return EffectivePolicy(
        load_balancer=found.load_balancer,
        connection_pool=found.connection_pool or _from(default.connection_pool, default.where),
        outlier_detection=found.outlier_detection or _from(default.outlier_detection, default.where),
        tls=found.tls,
        tunnel=found.tunnel,
        proxy_protocol=found.proxy_protocol,
        retry_budget=found.retry_budget,
    )


def _from(value: Block | None, where: Where) -> From[Block] | None:
    return None if value is None else From(value, where)


def _entry(policy: TrafficPolicy, port: int) -> PortPolicy | None:
    return next((entry for entry in policy.ports if entry.port == port), None)


def _for_port(policy: TrafficPolicy | None, port: int) -> EffectivePolicy:
    if policy is None:
        return EffectivePolicy()
    entry = _entry(policy, port)
    blocks: TrafficPolicy | PortPolicy = entry or policy
    found = EffectivePolicy(
        load_balancer=_from(blocks.load_balancer, blocks.where),
        connection_pool=_from(blocks.connection_pool, blocks.where),
        outlier_detection=_from(blocks.outlier_detection, blocks.where),
        tls=_from(blocks.tls, blocks.where),
    )
    return found if entry else _with_the_rest(found, policy)


def _with_the_rest(found: EffectivePolicy, policy: TrafficPolicy) -> EffectivePolicy:
    """With what entries for ports do not have."""
    return EffectivePolicy(
        load_balancer=found.load_balancer,
        connection_pool=found.connection_pool,
        outlier_detection=found.outlier_detection,
        tls=found.tls,
        tunnel=_from(policy.tunnel, policy.where),
        proxy_protocol=_from(policy.proxy_protocol, policy.where),
        retry_budget=_from(policy.retry_budget, policy.where),
    )


def _overridden(top: EffectivePolicy, policy: TrafficPolicy, port: int) -> EffectivePolicy:
    own = _for_port(policy, port)
    if _entry(policy, port) is not None:
        return EffectivePolicy(
            load_balancer=own.load_balancer,
            connection_pool=own.connection_pool,
            outlier_detection=own.outlier_detection,
            tls=own.tls,
            tunnel=top.tunnel,
            proxy_protocol=top.proxy_protocol,
            retry_budget=top.retry_budget,
        )
    return EffectivePolicy(
        load_balancer=own.load_balancer or top.load_balancer,
        connection_pool=own.connection_pool or top.connection_pool,
        outlier_detection=own.outlier_detection or top.outlier_detection,
        tls=own.tls or top.tls,
        tunnel=own.tunnel or top.tunnel,
        proxy_protocol=own.proxy_protocol or top.proxy_protocol,
        retry_budget=own.retry_budget or top.retry_budget,
    )
