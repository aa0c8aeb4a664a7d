"""MeshConfig -> MeshDefaults, or problems: what routing resources leave to the mesh.

Source: istio/api mesh/v1alpha1/config.proto, proxy.proto; istio/istio pkg/config/validation/agent/validation.go,
ValidateMeshConfig. What has no part in routing is passed over. What has, and is not honoured here, is refused by name:
a mesh that asks for less than what it would get.
"""

from datetime import timedelta

from authz.model.problem import Code, Problems
from authz.model.routing.mesh_defaults import (
    ForwardClientCert,
    GatewayTopology,
    MeshDefaults,
    OutboundMode,
    OutboundPolicy,
)
from authz.model.routing.traffic_policy import TrafficPolicy
from authz.model.routing.visibility import parse_export_to
from authz.resources.documents import SourceFile
from authz.resources.fields import Fields
from authz.resources.mesh_config import PROXY_FIELDS, read_mesh_root
from authz.resources.nodes import Mapping, Node, Sequence
from authz.resources.routing.client_tls import read_client_tls
from authz.resources.routing.connection_pool import read_connection_pool, read_tcp_keepalive
from authz.resources.routing.http_policies import read_retries
from authz.resources.routing.locality_balancing import read_locality_balancing, read_zone_aware_balancing
from authz.resources.routing.traffic_policy import read_outlier_detection
from authz.resources.routing.values import read_duration

_DEFAULTS = MeshDefaults()
_UPGRADE = ("DO_NOT_UPGRADE", "UPGRADE")
_TLS_VERSIONS = ("TLS_AUTO", "TLSV1_2")
_TLS_FIELDS = ("minProtocolVersion", "ecdhCurves", "cipherSuites")
_NOT_HONOURED = {
    "discoverySelectors": "all files are read; leave out those of namespaces that nobody should see",
    "serviceEntryVisibility": "write exportTo in the ServiceEntries",
}
_PROXY_NOT_HONOURED = {
    "proxyHeaders": "headers are as Istio's defaults have them",
    "connectionSettings": "connections are as Istio's default profile has them",
}
_PROXY_NAMESPACE = "istio-system"  # only what is refused is read by it
_LONGEST_CONNECT = timedelta(hours=1)


def read_mesh_defaults(file: SourceFile, problems: Problems) -> MeshDefaults:
    """What a mesh file says about routing; an empty file is Istio's defaults."""
    fields = Fields(file.name, problems)
    root = read_mesh_root(file, fields)
    if root is None:
        return _DEFAULTS
    _refuse(fields, root, "", _NOT_HONOURED)
    for key in ("meshMTLS", "tlsDefaults"):
        _refuse_tls(fields, root.get(key), key)
    return MeshDefaults(
        service_export_to=_export_to(fields, root, "defaultServiceExportTo", nowhere=True),
        virtual_service_export_to=_export_to(fields, root, "defaultVirtualServiceExportTo"),
        destination_rule_export_to=_export_to(fields, root, "defaultDestinationRuleExportTo"),
        retries=read_retries(fields, root.get("defaultHttpRetryPolicy"), "defaultHttpRetryPolicy"),
        traffic_policy=_traffic_policy(fields, root.get("defaultTrafficPolicy"), "defaultTrafficPolicy"),
        connect_timeout=_connect_timeout(fields, root),
        dns_refresh_rate=read_duration(fields, root.get("dnsRefreshRate"), "dnsRefreshRate")
        or _DEFAULTS.dns_refresh_rate,
        enable_auto_mtls=fields.boolean(root.get("enableAutoMtls"), "enableAutoMtls") is not False,
        locality=read_locality_balancing(
            fields, root.get("localityLbSetting"), "localityLbSetting", detects_outliers=True
        )
        or _DEFAULTS.locality,
        zone_aware=read_zone_aware_balancing(
            fields, root.get("zoneAwareLbSetting"), "zoneAwareLbSetting", detects_outliers=True
        ),
        h2_upgrade=fields.one_of(root.get("h2UpgradePolicy"), "h2UpgradePolicy", _UPGRADE) == "UPGRADE",
        tcp_keepalive=read_tcp_keepalive(fields, root.get("tcpKeepalive"), "tcpKeepalive"),
        outbound=_outbound(fields, root.get("outboundTrafficPolicy"), "outboundTrafficPolicy"),
        topology=_topology(fields, root.get("defaultConfig")),
    )


def _refuse(fields: Fields, root: Mapping, path: str, why: dict[str, str]) -> None:
    for key, message in why.items():
        if key in root.entries:
            place = root.entries[key][0]
            fields.problem(
                Code.NOT_SERVED, place, f"{path}.{key}" if path else key, f"not supported: {message}; remove it"
            )


def _refuse_tls(fields: Fields, node: Node | None, path: str) -> None:
    """TLS of the mesh is 1.2 or 1.3, with Envoy's curves and suites."""
    root = fields.mapping(node, path, _TLS_FIELDS)
    if root is None:
        return
    version = root.get("minProtocolVersion")
    word = fields.one_of(version, f"{path}.minProtocolVersion", (*_TLS_VERSIONS, "TLSV1_3"))
    if version is not None and word == "TLSV1_3":
        message = "not supported: TLS begins with 1.2; write minProtocolVersion at the Gateway's servers, or remove it"
        fields.problem(Code.NOT_SERVED, version, f"{path}.minProtocolVersion", message)
    why = "curves and suites are Envoy's; those of a Gateway are written there"
    _refuse(fields, root, path, {"ecdhCurves": why, "cipherSuites": why})


def _export_to(fields: Fields, root: Mapping, key: str, *, nowhere: bool = False) -> tuple[str, ...]:
    """Words, as each resource's namespace has yet to become part of them; an empty list is as good as none."""
    node = root.get(key)
    if node is None or (type(node) is Sequence and not node.items):
        return ("*",)
    words = tuple(text for _, text, _ in fields.strings(node, key))
    try:
        parse_export_to(words, "", nowhere=nowhere)
    except ValueError as error:
        fields.problem(Code.BAD_EXPORT_TO, node, key, str(error))
        return ("*",)
    return words


def _connect_timeout(fields: Fields, root: Mapping) -> timedelta:
    node = root.get("connectTimeout")
    found = read_duration(fields, node, "connectTimeout")
    if node is not None and found is not None and found > _LONGEST_CONNECT:
        fields.problem(Code.BAD_DURATION, node, "connectTimeout", f"expected 1ms to 1h, found {found}")
    return found or _DEFAULTS.connect_timeout


def _traffic_policy(fields: Fields, node: Node | None, path: str) -> TrafficPolicy | None:
    root = fields.mapping(node, path, ("connectionPool", "outlierDetection"))
    if root is None:
        return None
    return TrafficPolicy(
        connection_pool=read_connection_pool(fields, root.get("connectionPool"), f"{path}.connectionPool"),
        outlier_detection=read_outlier_detection(fields, root.get("outlierDetection"), f"{path}.outlierDetection"),
        where=fields.where(root),
    )


def _outbound(fields: Fields, node: Node | None, path: str) -> OutboundPolicy:
    root = fields.mapping(node, path, ("mode", "tls"))
    if root is None:
        return _DEFAULTS.outbound
    words = [mode.value for mode in OutboundMode]
    word = fields.one_of(root.get("mode"), f"{path}.mode", words)
    return OutboundPolicy(
        mode=OutboundMode(word) if word in words else OutboundMode.REGISTRY_ONLY,
        tls=read_client_tls(fields, root.get("tls"), f"{path}.tls", _PROXY_NAMESPACE),
    )


def _topology(fields: Fields, node: Node | None) -> GatewayTopology:
    proxy = fields.mapping(node, "defaultConfig", PROXY_FIELDS)
    if proxy is None:
        return _DEFAULTS.topology
    _refuse(fields, proxy, "defaultConfig", _PROXY_NOT_HONOURED)
    path = "defaultConfig.gatewayTopology"
    known = ("numTrustedProxies", "forwardClientCertDetails", "proxyProtocol")
    root = fields.mapping(proxy.get("gatewayTopology"), path, known)
    if root is None:
        return _DEFAULTS.topology
    words = ("UNDEFINED", *(one.value for one in ForwardClientCert))
    word = fields.one_of(root.get("forwardClientCertDetails"), f"{path}.forwardClientCertDetails", words)
    proxies = fields.integer(root.get("numTrustedProxies"), f"{path}.numTrustedProxies", 0, 2**31 - 1)
    details = _DEFAULTS.topology.forward_client_cert if word in {None, "UNDEFINED"} else ForwardClientCert(word)
    return GatewayTopology(
        num_trusted_proxies=proxies or 0,
        forward_client_cert=details,
        proxy_protocol=fields.mapping(root.get("proxyProtocol"), f"{path}.proxyProtocol", ()) is not None,
    )
