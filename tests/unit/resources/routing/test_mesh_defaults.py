from __future__ import annotations

from datetime import timedelta

import pytest

from authz.model.problem import Problem, Problems
from authz.model.routing.mesh_defaults import (
    ForwardClientCert,
    GatewayTopology,
    MeshDefaults,
    OutboundMode,
    OutboundPolicy,
)
from authz.model.routing.traffic_policy import (
    ConnectionPool,
    Failover,
    LocalityBalancing,
    OutlierDetection,
    TcpKeepalive,
    TcpPool,
    ZoneAwareBalancing,
)
from authz.resources.documents import SourceFile
from authz.resources.mesh_config import read_mesh_config
from authz.resources.routing.mesh_defaults import read_mesh_defaults
from tests.support.reading import summaries


def read(content: str) -> tuple[MeshDefaults, list[Problem]]:
    problems = Problems()
    return read_mesh_defaults(SourceFile("mesh.yaml", content.encode()), problems), list(problems)


def good(content: str) -> MeshDefaults:
    found, problems = read(content)
    assert problems == []
    return found


@pytest.mark.parametrize(
    "content",
    [
        "",
        "# nothing\n",
        "{}",
        "defaultConfig: {}",
        "defaultConfig: {gatewayTopology: {}}",
        "defaultServiceExportTo: []",
    ],
)
def test_without_a_word_the_defaults_are_istios(content: str) -> None:
    found = good(content)
    assert found == MeshDefaults()
    assert (found.connect_timeout, found.dns_refresh_rate) == (timedelta(seconds=10), timedelta(seconds=60))
    assert (found.enable_auto_mtls, found.h2_upgrade, found.retries) == (True, False, None)
    assert found.outbound == OutboundPolicy(OutboundMode.ALLOW_ANY)
    assert found.locality == LocalityBalancing(enabled=True)
    assert found.topology == GatewayTopology(0, ForwardClientCert.SANITIZE_SET, proxy_protocol=False)


EVERYTHING = """\
defaultServiceExportTo: ["~"]
defaultVirtualServiceExportTo: ["."]
defaultDestinationRuleExportTo: [a, b]
defaultHttpRetryPolicy: {attempts: 1}
defaultTrafficPolicy:
  connectionPool: {tcp: {maxConnections: 7}}
  outlierDetection: {}
connectTimeout: 3s
dnsRefreshRate: 5s
enableAutoMtls: false
localityLbSetting: {failover: [{from: a, to: b}]}
zoneAwareLbSetting: {minClusterSize: 3}
h2UpgradePolicy: UPGRADE
tcpKeepalive: {time: 10s}
outboundTrafficPolicy: {mode: REGISTRY_ONLY}
defaultConfig:
  gatewayTopology: {numTrustedProxies: 2, forwardClientCertDetails: APPEND_FORWARD, proxyProtocol: {}}
meshMTLS: {minProtocolVersion: TLSV1_2}
tlsDefaults: {}
trustDomain: td
accessLogFile: /dev/stdout
"""


def test_every_field_of_routing_is_read() -> None:
    found = good(EVERYTHING)
    assert found.service_export_to == ("~",)
    assert found.virtual_service_export_to == (".",)
    assert found.destination_rule_export_to == ("a", "b")
    assert found.retries is not None
    assert found.retries.attempts == 1
    assert found.traffic_policy is not None
    assert found.traffic_policy.connection_pool == ConnectionPool(TcpPool(max_connections=7))
    assert found.traffic_policy.outlier_detection == OutlierDetection()
    assert str(found.traffic_policy.where) == "mesh.yaml:6:3"
    assert (found.connect_timeout, found.dns_refresh_rate) == (timedelta(seconds=3), timedelta(seconds=5))
    assert (found.enable_auto_mtls, found.h2_upgrade) == (False, True)
    assert found.locality == LocalityBalancing(failover=(Failover("a", "b"),))
    assert found.zone_aware == ZoneAwareBalancing(min_cluster_size=3)
    assert found.tcp_keepalive == TcpKeepalive(time=timedelta(seconds=10))
    assert found.outbound == OutboundPolicy(OutboundMode.REGISTRY_ONLY)
    assert found.topology == GatewayTopology(2, ForwardClientCert.APPEND_FORWARD, proxy_protocol=True)


def test_an_outbound_policy_without_mode_is_registry_only() -> None:
    assert good("outboundTrafficPolicy: {}").outbound.mode is OutboundMode.REGISTRY_ONLY


def test_failover_of_the_mesh_needs_no_outlier_detection_beside_it() -> None:
    assert good("localityLbSetting: {failoverPriority: [a]}").locality == LocalityBalancing(failover_priority=("a",))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("defaultServiceExportTo: [a, '*']", "1:25 AZ593 defaultServiceExportTo"),
        ("defaultVirtualServiceExportTo: ['~']", "1:32 AZ593 defaultVirtualServiceExportTo"),
        ("h2UpgradePolicy: MAYBE", "1:18 AZ026 h2UpgradePolicy"),
        ("connectTimeout: 0s", "1:17 AZ591 connectTimeout"),
        ("connectTimeout: 2h", "1:17 AZ591 connectTimeout"),
        ("outboundTrafficPolicy: {mode: ALLOW_NONE}", "1:31 AZ026 outboundTrafficPolicy.mode"),
        ("defaultTrafficPolicy: {tls: {}}", "1:24 AZ020 defaultTrafficPolicy.tls"),
        ("localityLbsetting: {}", "1:1 AZ020 localityLbsetting"),
        ("kind: ConfigMap", "1:1 AZ201 kind"),
        (
            "defaultConfig: {gatewayTopology: {forwardClientCertDetails: FORWARD}}",
            "1:61 AZ026 defaultConfig.gatewayTopology.forwardClientCertDetails",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(content: str, found: str) -> None:
    assert summaries(read(content)[1]) == [found]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("discoverySelectors: []", "discoverySelectors"),
        ("serviceEntryVisibility: {}", "serviceEntryVisibility"),
        ("meshMTLS: {minProtocolVersion: TLSV1_3}", "meshMTLS.minProtocolVersion"),
        ("tlsDefaults: {minProtocolVersion: TLSV1_3}", "tlsDefaults.minProtocolVersion"),
        ("tlsDefaults: {ecdhCurves: [P-256]}", "tlsDefaults.ecdhCurves"),
        ("meshMTLS: {cipherSuites: [AES128-SHA]}", "meshMTLS.cipherSuites"),
        ("defaultConfig: {proxyHeaders: {}}", "defaultConfig.proxyHeaders"),
        ("defaultConfig: {connectionSettings: {}}", "defaultConfig.connectionSettings"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(content: str, field: str) -> None:
    (problem,) = read(content)[1]
    assert (problem.code.value, problem.field) == ("AZ597", field)
    assert "not supported" in problem.message


def test_both_readers_of_a_mesh_tell_the_same_mistake_once() -> None:
    problems = Problems()
    file = SourceFile("mesh.yaml", b"trustDomian: a")
    read_mesh_config(file, problems)
    read_mesh_defaults(file, problems)
    assert len(problems) == 1
