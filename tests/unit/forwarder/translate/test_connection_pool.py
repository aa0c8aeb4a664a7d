from datetime import timedelta

import pytest

from authz.forwarder.translate.connection_pool import (
    HttpOptions,
    add_connection_pool,
    add_http_options,
    speaks_http2,
    tcp_idle_timeout,
    uses_client_protocol,
)
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.protocol import Protocol
from authz.model.routing.traffic_policy import (
    ConnectionPool,
    H2Upgrade,
    Http2Keepalive,
    HttpPool,
    RetryBudget,
    TcpKeepalive,
    TcpPool,
)
from authz.pb.cluster import Cluster
from authz.pb.packing import Json, to_json

MESH = MeshDefaults()
MANY = 4294967295
NO_LIMITS = {
    "max_connections": MANY,
    "max_pending_requests": MANY,
    "max_requests": MANY,
    "max_retries": MANY,
    "track_remaining": True,
}


def pooled(
    tcp: TcpPool | None = None,
    http: HttpPool | None = None,
    budget: RetryBudget | None = None,
    mesh: MeshDefaults = MESH,
) -> dict[str, Json]:
    cluster = Cluster()
    add_connection_pool(cluster, ConnectionPool(tcp, http) if tcp or http else None, budget, mesh)
    return to_json(cluster)


def test_without_a_policy_there_are_no_limits_and_the_meshs_time_out() -> None:
    assert pooled() == {"connect_timeout": "10s", "circuit_breakers": {"thresholds": [NO_LIMITS]}}


@pytest.mark.parametrize(
    ("tcp", "http", "found"),
    [
        (TcpPool(max_connections=1), None, {"max_connections": 1}),
        (None, HttpPool(max_pending_requests=2), {"max_pending_requests": 2}),
        (None, HttpPool(max_requests=3), {"max_requests": 3}),
        (None, HttpPool(max_retries=4), {"max_retries": 4}),
    ],
)
def test_each_limit(tcp: TcpPool | None, http: HttpPool | None, found: dict[str, Json]) -> None:
    assert pooled(tcp, http)["circuit_breakers"] == {"thresholds": [NO_LIMITS | found]}


def test_a_rules_time_out_is_before_the_meshs() -> None:
    mesh = MeshDefaults(connect_timeout=timedelta(seconds=3))
    assert pooled(mesh=mesh)["connect_timeout"] == "3s"
    assert pooled(TcpPool(connect_timeout=timedelta(milliseconds=30)), mesh=mesh)["connect_timeout"] == "0.030s"


def test_a_budget_of_retries() -> None:
    found = pooled(budget=RetryBudget(5.5, 7))["circuit_breakers"]
    budget = {"budget_percent": {"value": 5.5}, "min_retry_concurrency": 7}
    assert found == {"thresholds": [NO_LIMITS | {"retry_budget": budget}]}


@pytest.mark.parametrize(
    ("of_mesh", "of_rule", "found"),
    [
        (TcpKeepalive(), None, {}),
        (None, TcpKeepalive(), {}),
        (TcpKeepalive(3, timedelta(seconds=9)), None, {"keepalive_probes": 3, "keepalive_time": 9}),
        (
            TcpKeepalive(3, timedelta(seconds=9)),
            TcpKeepalive(4, interval=timedelta(seconds=5)),
            {"keepalive_probes": 4, "keepalive_time": 9, "keepalive_interval": 5},
        ),
        (None, TcpKeepalive(time=timedelta(milliseconds=1)), {"keepalive_time": 1}),
        (
            None,
            TcpKeepalive(MANY, timedelta(days=9), timedelta(days=9)),
            {"keepalive_probes": 127, "keepalive_time": 32767, "keepalive_interval": 32767},
        ),
    ],
)
def test_keep_alive_is_the_meshs_with_the_rules_over_it_as_far_as_linux_takes_it(
    of_mesh: TcpKeepalive | None, of_rule: TcpKeepalive | None, found: Json
) -> None:
    made = pooled(TcpPool(keepalive=of_rule), mesh=MeshDefaults(tcp_keepalive=of_mesh))
    assert made["upstream_connection_options"] == {"tcp_keepalive": found}


def test_without_a_word_connections_are_not_kept_alive() -> None:
    assert "upstream_connection_options" not in pooled(TcpPool(max_connections=1))


UPGRADE = ConnectionPool(http=HttpPool(h2_upgrade=H2Upgrade.UPGRADE))
NO_UPGRADE = ConnectionPool(http=HttpPool(h2_upgrade=H2Upgrade.DO_NOT_UPGRADE))
CLIENTS = ConnectionPool(http=HttpPool(use_client_protocol=True))
UPGRADED_MESH = MeshDefaults(h2_upgrade=True)


@pytest.mark.parametrize(
    ("protocol", "pool", "mesh", "expected"),
    [
        (Protocol.HTTP, None, MESH, False),
        (Protocol.HTTP2, None, MESH, True),
        (Protocol.GRPC, NO_UPGRADE, MESH, True),
        (Protocol.AUTO, None, MESH, False),
        (Protocol.HTTP, UPGRADE, MESH, True),
        (Protocol.TCP, UPGRADE, MESH, True),
        (Protocol.HTTP, None, UPGRADED_MESH, True),
        (Protocol.HTTP, NO_UPGRADE, UPGRADED_MESH, False),
        (Protocol.HTTP, CLIENTS, UPGRADED_MESH, False),
        (Protocol.AUTO, None, UPGRADED_MESH, False),
        (Protocol.TCP, None, UPGRADED_MESH, False),
    ],
)
def test_which_ports_speak_http2(
    protocol: Protocol, pool: ConnectionPool | None, mesh: MeshDefaults, *, expected: bool
) -> None:
    assert speaks_http2(protocol, pool, mesh) is expected


def optioned(pool: ConnectionPool | None, options: HttpOptions) -> Json:
    cluster = Cluster()
    add_http_options(cluster, pool, options)
    made = to_json(cluster).get("typed_extension_protocol_options")
    if made is None:
        return None
    assert isinstance(made, dict)
    (value,) = made.values()
    assert isinstance(value, dict)
    return {key: one for key, one in value.items() if key != "@type"}


def test_what_envoy_does_anyway_is_not_said() -> None:
    assert optioned(None, HttpOptions()) is None
    assert optioned(ConnectionPool(TcpPool(max_connections=1)), HttpOptions()) is None


HTTP1: dict[str, Json] = {"explicit_http_config": {"http_protocol_options": {}}}
HTTP2: dict[str, Json] = {"explicit_http_config": {"http2_protocol_options": {}}}
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("pool", "options", "found"),
    [
        (None, HttpOptions(is_http2=True), HTTP2),
        (
            None,
            HttpOptions(use_client_protocol=True, is_http2=True),
            {"use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}}},
        ),
        (
            None,
            HttpOptions(auto_sni=True, auto_san=True),
            HTTP1 | {"upstream_http_protocol_options": {"auto_sni": True, "auto_san_validation": True}},
        ),
        (
            ConnectionPool(http=HttpPool(idle_timeout=SECOND)),
            HttpOptions(),
            HTTP1 | {"common_http_protocol_options": {"idle_timeout": "1s"}},
        ),
        (
            ConnectionPool(TcpPool(idle_timeout=MINUTE), HttpPool(idle_timeout=SECOND)),
            HttpOptions(),
            HTTP1 | {"common_http_protocol_options": {"idle_timeout": "1s"}},
        ),
        (
            ConnectionPool(TcpPool(idle_timeout=timedelta(0)), HttpPool(max_requests_per_connection=5)),
            HttpOptions(),
            HTTP1 | {"common_http_protocol_options": {"idle_timeout": "0s", "max_requests_per_connection": 5}},
        ),
        (
            ConnectionPool(TcpPool(max_connection_duration=MINUTE)),
            HttpOptions(is_http2=True),
            HTTP2 | {"common_http_protocol_options": {"max_connection_duration": "60s"}},
        ),
        (ConnectionPool(http=HttpPool(max_concurrent_streams=5)), HttpOptions(), None),
        (
            ConnectionPool(http=HttpPool(max_concurrent_streams=5, http2_keepalive=Http2Keepalive(MINUTE, SECOND))),
            HttpOptions(is_http2=True),
            {
                "explicit_http_config": {
                    "http2_protocol_options": {
                        "max_concurrent_streams": 5,
                        "connection_keepalive": {"interval": "60s", "timeout": "1s"},
                    }
                }
            },
        ),
    ],
)
def test_what_a_cluster_does_with_http(pool: ConnectionPool | None, options: HttpOptions, found: Json) -> None:
    assert optioned(pool, options) == found


def test_statuses_that_outlier_detection_counts_are_options_of_http() -> None:
    made = optioned(None, HttpOptions(error_codes=(500,)))
    assert isinstance(made, dict)
    assert set(made) == {"explicit_http_config", "outlier_detection"}


def test_what_others_ask_of_a_pool() -> None:
    assert tcp_idle_timeout(None) is None
    assert tcp_idle_timeout(ConnectionPool(TcpPool(idle_timeout=MINUTE))) == MINUTE
    assert uses_client_protocol(CLIENTS)
    assert not uses_client_protocol(UPGRADE)
    assert not uses_client_protocol(None)
