from datetime import timedelta

import pytest

from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.traffic_policy import (
    OutlierDetection,
    ProxyProtocol,
    RetryBudget,
    TrafficPolicy,
    Tunnel,
    TunnelProtocol,
)
from tests.support.reading import resources, summaries
from tests.support.routing import document, read


def policy(text: str) -> TrafficPolicy:
    found = read(DestinationRule, document("DestinationRule", f"{{host: a, trafficPolicy: {text}}}")).traffic_policy
    assert found is not None
    return found


def test_blocks_that_are_absent_are_none() -> None:
    found = policy("{retryBudget: {}}")
    assert found == TrafficPolicy(retry_budget=RetryBudget(20.0, 3, None))
    assert str(found.where) == "a.yaml:4:32"


def test_outlier_detection_without_fields_is_there() -> None:
    assert policy("{outlierDetection: {}}").outlier_detection == OutlierDetection()


def test_every_field_of_outlier_detection_is_read() -> None:
    text = (
        "{consecutive5xxErrors: 7, consecutiveGatewayErrors: 8, splitExternalLocalOriginErrors: true,"
        " consecutiveLocalOriginFailures: 9, interval: 1s, baseEjectionTime: 2s, maxEjectionPercent: 50,"
        " minHealthPercent: 20, outlierDetectionHttpErrorCodes: [429, 503]}"
    )
    assert policy(f"{{outlierDetection: {text}}}").outlier_detection == OutlierDetection(
        consecutive_5xx_errors=7,
        consecutive_gateway_errors=8,
        split_local_origin_errors=True,
        consecutive_local_origin_failures=9,
        interval=timedelta(seconds=1),
        base_ejection_time=timedelta(seconds=2),
        max_ejection_percent=50,
        min_health_percent=20,
        http_error_codes=(429, 503),
    )


def test_never_is_told_from_the_default_where_istio_tells_them_apart() -> None:
    found = policy(
        "{outlierDetection: {consecutive5xxErrors: 0, consecutiveGatewayErrors: 0, maxEjectionPercent: 0,"
        " splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 0}}"
    ).outlier_detection
    assert found == OutlierDetection(0, 0, split_local_origin_errors=True)
    assert (found.max_ejection_percent, found.consecutive_local_origin_failures) == (None, None)


def test_a_port_has_blocks_of_its_own_and_its_place() -> None:
    found = policy(
        "{portLevelSettings: [{port: {number: 80}, outlierDetection: {}}, {port: {number: 81}, tls: {mode: SIMPLE}}]}"
    )
    first, second = found.ports
    assert (first.port, first.outlier_detection, first.tls) == (80, OutlierDetection(), None)
    assert (second.port, second.outlier_detection) == (81, None)
    assert second.tls is not None
    assert str(second.where) == "a.yaml:4:97"


@pytest.mark.parametrize(
    ("text", "tunnel"),
    [
        ("{targetHost: b.c, targetPort: 443}", Tunnel("b.c", 443)),
        ("{targetHost: b.c, targetPort: 443, protocol: ''}", Tunnel("b.c", 443)),
        ("{targetHost: 10.0.0.1, targetPort: 1, protocol: POST}", Tunnel("10.0.0.1", 1, TunnelProtocol.POST)),
    ],
)
def test_a_tunnel_is_opened_by_connect_unless_it_says_otherwise(text: str, tunnel: Tunnel) -> None:
    assert policy(f"{{tunnel: {text}}}").tunnel == tunnel


@pytest.mark.parametrize(
    ("text", "version"),
    [("{}", ProxyProtocol.V1), ("{version: V1}", ProxyProtocol.V1), ("{version: V2}", ProxyProtocol.V2)],
)
def test_proxy_protocol_without_version_is_the_first(text: str, version: ProxyProtocol) -> None:
    assert policy(f"{{proxyProtocol: {text}}}").proxy_protocol is version


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("{percent: 0, minRetryConcurrency: 0}", RetryBudget(0.0, 3)),
        ("{percent: 12.5, minRetryConcurrency: 7, budgetInterval: 1s}", RetryBudget(12.5, 7, timedelta(seconds=1))),
    ],
)
def test_a_retry_budget_of_nothing_is_one_and_no_concurrency_is_none(text: str, budget: RetryBudget) -> None:
    assert policy(f"{{retryBudget: {text}}}").retry_budget == budget


def test_more_ports_than_istio_takes_are_refused() -> None:
    ports = "{port: {number: 80}, tls: {mode: DISABLE}}, " * 4097
    text = document("DestinationRule", f"{{host: a, trafficPolicy: {{portLevelSettings: [{ports}]}}}}")
    assert summaries(resources(text)[1]) == ["4:52 AZ024 spec.trafficPolicy.portLevelSettings"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{portLevelSettings: [{port: {number: 70000}, tls: {}}]}", "4:69 AZ026 {}.portLevelSettings[0].port.number"),
        (
            "{outlierDetection: {outlierDetectionHttpErrorCodes: [99]}}",
            "4:85 AZ026 {}.outlierDetection.outlierDetectionHttpErrorCodes[0]",
        ),
        ("{tunnel: {targetHost: a_b, targetPort: 80}}", "4:54 AZ592 {}.tunnel.targetHost"),
        ("{retryBudget: {percent: 100.1}}", "4:56 AZ026 {}.retryBudget.percent"),
        ("{proxyProtocol: {version: V3}}", "4:58 AZ026 {}.proxyProtocol.version"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, expected: str) -> None:
    _, problems = resources(document("DestinationRule", f"{{host: a, trafficPolicy: {text}}}"))
    assert summaries(problems) == [expected.replace("{}", "spec.trafficPolicy")]
