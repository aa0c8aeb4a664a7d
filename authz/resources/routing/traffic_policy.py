"""`trafficPolicy` of a DestinationRule and its subsets: documents -> TrafficPolicy, or problems.

Source: istio/istio pkg/config/validation/validation.go, validateTrafficPolicy and what it calls.
"""

from authz.model.problem import Code
from authz.model.routing.traffic_policy import (
    OutlierDetection,
    PortPolicy,
    ProxyProtocol,
    RetryBudget,
    TrafficPolicy,
    Tunnel,
    TunnelProtocol,
)
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Sequence
from authz.resources.routing.client_tls import read_client_tls
from authz.resources.routing.connection_pool import read_connection_pool
from authz.resources.routing.domains import is_address_or_domain
from authz.resources.routing.load_balancer import read_load_balancer
from authz.resources.routing.values import read_decimal, read_duration, read_port, warn

_BLOCKS = ("loadBalancer", "connectionPool", "outlierDetection", "tls")
_FIELDS = frozenset({*_BLOCKS, "portLevelSettings", "tunnel", "proxyProtocol", "retryBudget"})
_OUTLIER_FIELDS = frozenset(
    {
        "consecutiveErrors",
        "splitExternalLocalOriginErrors",
        "consecutiveLocalOriginFailures",
        "consecutiveGatewayErrors",
        "consecutive5xxErrors",
        "interval",
        "baseEjectionTime",
        "maxEjectionPercent",
        "minHealthPercent",
        "outlierDetectionHttpErrorCodes",
    }
)
_MAX_INT32 = 2**31 - 1
_MAX_UINT32 = 2**32 - 1
_ALL_PERCENT = 100
_STATUSES = (100, 599)
_MAX_PORT_SETTINGS = 4096


def read_traffic_policy(fields: Fields, node: Node | None, path: str, namespace: str) -> TrafficPolicy | None:
    """The policy that is wanted; None where nothing is said. `namespace`: of the rule."""
    root = fields.mapping(node, path, _FIELDS)
    if root is None:
        return None
    if not root.entries:
        fields.problem(Code.EMPTY_BLOCK, root, path, "a policy says something; remove the field or fill it")
    if "tunnel" in root.entries and "proxyProtocol" in root.entries:
        message = "a tunnel cannot begin with PROXY protocol; remove tunnel or proxyProtocol"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["proxyProtocol"][0], path, message)
    outliers = root.get("outlierDetection")
    return TrafficPolicy(
        load_balancer=read_load_balancer(
            fields, root.get("loadBalancer"), f"{path}.loadBalancer", detects_outliers=outliers is not None
        ),
        connection_pool=read_connection_pool(fields, root.get("connectionPool"), f"{path}.connectionPool"),
        outlier_detection=read_outlier_detection(fields, outliers, f"{path}.outlierDetection"),
        tls=read_client_tls(fields, root.get("tls"), f"{path}.tls", namespace),
        ports=_ports(fields, root.get("portLevelSettings"), f"{path}.portLevelSettings", namespace),
        tunnel=_tunnel(fields, root.get("tunnel"), f"{path}.tunnel"),
        proxy_protocol=_proxy_protocol(fields, root.get("proxyProtocol"), f"{path}.proxyProtocol"),
        retry_budget=_retry_budget(fields, root.get("retryBudget"), f"{path}.retryBudget"),
        where=fields.where(root),
    )


def _ports(fields: Fields, node: Node | None, path: str, namespace: str) -> tuple[PortPolicy, ...]:
    if type(node) is Sequence and len(node.items) > _MAX_PORT_SETTINGS:
        message = f"at most {_MAX_PORT_SETTINGS} ports, found {len(node.items)}"
        fields.problem(Code.TOO_MANY, node, path, message)
    found = [_port_policy(fields, item, item_path, namespace) for item_path, item in fields.items(node, path)]
    return tuple(policy for policy in found if policy is not None)


def _port_policy(fields: Fields, item: Node, path: str, namespace: str) -> PortPolicy | None:
    entry = fields.mapping(item, path, ("port", *_BLOCKS))
    if entry is None:
        return None
    selector = fields.mapping(entry.get("port"), f"{path}.port", ("number",))
    if entry.get("port") is None or (selector is not None and selector.get("number") is None):
        fields.problem(Code.MISSING_FIELD, selector or entry, f"{path}.port.number", "for which port of the service?")
    if not any(block in entry.entries for block in _BLOCKS):
        message = f"expected one of {', '.join(_BLOCKS)}; remove the entry or fill it"
        fields.problem(Code.EMPTY_BLOCK, entry, path, message)
    port = read_port(fields, selector.get("number"), f"{path}.port.number") if selector else None
    outliers = entry.get("outlierDetection")
    return PortPolicy(
        port=port or 0,
        load_balancer=read_load_balancer(
            fields, entry.get("loadBalancer"), f"{path}.loadBalancer", detects_outliers=outliers is not None
        ),
        connection_pool=read_connection_pool(fields, entry.get("connectionPool"), f"{path}.connectionPool"),
        outlier_detection=read_outlier_detection(fields, outliers, f"{path}.outlierDetection"),
        tls=read_client_tls(fields, entry.get("tls"), f"{path}.tls", namespace),
        where=fields.where(entry),
    )


def read_outlier_detection(fields: Fields, node: Node | None, path: str) -> OutlierDetection | None:
    """When endpoints are left out; None where nothing is said."""
    root = fields.mapping(node, path, _OUTLIER_FIELDS)
    if root is None:
        return None
    split = fields.boolean(root.get("splitExternalLocalOriginErrors"), f"{path}.splitExternalLocalOriginErrors")
    local = _count(fields, root, "consecutiveLocalOriginFailures", path)
    if local and not split:
        message = "without splitExternalLocalOriginErrors: true local failures are not counted by themselves"
        place = root.entries["consecutiveLocalOriginFailures"][0]
        fields.problem(Code.CONFLICTING_FIELDS, place, f"{path}.consecutiveLocalOriginFailures", message)
    _warn_of_old_count(fields, root, path)
    return OutlierDetection(
        consecutive_5xx_errors=_count(fields, root, "consecutive5xxErrors", path),
        consecutive_gateway_errors=_count(fields, root, "consecutiveGatewayErrors", path),
        split_local_origin_errors=split or False,
        consecutive_local_origin_failures=local or None,
        interval=read_duration(fields, root.get("interval"), f"{path}.interval"),
        base_ejection_time=read_duration(fields, root.get("baseEjectionTime"), f"{path}.baseEjectionTime"),
        max_ejection_percent=_percent(fields, root, "maxEjectionPercent", path) or None,
        min_health_percent=_percent(fields, root, "minHealthPercent", path) or 0,
        http_error_codes=_error_codes(fields, root, path),
    )


def _count(fields: Fields, root: Mapping, key: str, path: str) -> int | None:
    return fields.integer(root.get(key), f"{path}.{key}", 0, _MAX_UINT32)


def _percent(fields: Fields, root: Mapping, key: str, path: str) -> int | None:
    return fields.integer(root.get(key), f"{path}.{key}", 0, _ALL_PERCENT)


def _error_codes(fields: Fields, root: Mapping, path: str) -> tuple[int, ...]:
    path = f"{path}.outlierDetectionHttpErrorCodes"
    items = fields.items(root.get("outlierDetectionHttpErrorCodes"), path)
    found = [fields.integer(item, item_path, *_STATUSES) for item_path, item in items]
    return tuple(code for code in found if code is not None)


def _warn_of_old_count(fields: Fields, root: Mapping, path: str) -> None:
    """Istio reads it and does nothing with it."""
    node = root.get("consecutiveErrors")
    if fields.integer(node, f"{path}.consecutiveErrors", 0, _MAX_INT32) and node is not None:
        message = "this field does nothing any more; write consecutive5xxErrors or consecutiveGatewayErrors"
        warn(fields, Code.DEPRECATED_FIELD, node, f"{path}.consecutiveErrors", message)


def _tunnel(fields: Fields, node: Node | None, path: str) -> Tunnel | None:
    root = fields.mapping(node, path, ("protocol", "targetHost", "targetPort"))
    if root is None:
        return None
    for key in ("targetHost", "targetPort"):
        if root.get(key) is None:
            fields.problem(Code.MISSING_FIELD, root, f"{path}.{key}", "where does the tunnel end?")
    word = fields.one_of(root.get("protocol"), f"{path}.protocol", ("", *(one.value for one in TunnelProtocol)))
    host_node = root.get("targetHost")
    host = fields.string(host_node, f"{path}.targetHost")
    if host is not None and host_node is not None and not is_address_or_domain(host):
        message = f"expected an address or a host such as a.example.com, found {host!r}"
        fields.problem(Code.BAD_HOST, host_node, f"{path}.targetHost", message)
    return Tunnel(
        target_host=host or "",
        target_port=read_port(fields, root.get("targetPort"), f"{path}.targetPort") or 0,
        protocol=TunnelProtocol(word) if word else TunnelProtocol.CONNECT,
    )


def _proxy_protocol(fields: Fields, node: Node | None, path: str) -> ProxyProtocol | None:
    """Without a version it is V1."""
    root = fields.mapping(node, path, ("version",))
    if root is None:
        return None
    words = [one.value for one in ProxyProtocol]
    word = fields.one_of(root.get("version"), f"{path}.version", words)
    return ProxyProtocol(word) if word in words else ProxyProtocol.V1


def _retry_budget(fields: Fields, node: Node | None, path: str) -> RetryBudget | None:
    root = fields.mapping(node, path, ("percent", "minRetryConcurrency", "budgetInterval"))
    if root is None:
        return None
    percent = read_decimal(fields, root.get("percent"), f"{path}.percent", _ALL_PERCENT)
    concurrency = _count(fields, root, "minRetryConcurrency", path)
    defaults = RetryBudget()
    return RetryBudget(
        percent=defaults.percent if percent is None else percent,
        min_retry_concurrency=concurrency or defaults.min_retry_concurrency,
        budget_interval=read_duration(fields, root.get("budgetInterval"), f"{path}.budgetInterval"),
    )
