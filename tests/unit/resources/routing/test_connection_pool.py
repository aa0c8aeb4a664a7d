from datetime import timedelta

from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.traffic_policy import (
    ConnectionPool,
    H2Upgrade,
    Http2Keepalive,
    HttpPool,
    TcpKeepalive,
    TcpPool,
)
from tests.support.routing import document, read


def pool(text: str) -> ConnectionPool | None:
    found = read(
        DestinationRule, document("DestinationRule", f"{{host: a, trafficPolicy: {{connectionPool: {text}}}}}")
    )
    return found.traffic_policy.connection_pool if found.traffic_policy else None


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_every_field_of_tcp_is_read() -> None:
    keepalive = "tcpKeepalive: {probes: 3, time: 4s, interval: 5s}"
    text = f"{{maxConnections: 1, connectTimeout: 2s, {keepalive}, maxConnectionDuration: 6s, idleTimeout: 7s}}"
    assert pool(f"{{tcp: {text}}}") == ConnectionPool(
        TcpPool(1, seconds(2), TcpKeepalive(3, seconds(4), seconds(5)), seconds(6), seconds(7))
    )


def test_every_field_of_http_is_read() -> None:
    text = (
        "{http1MaxPendingRequests: 1, http2MaxRequests: 2, maxRequestsPerConnection: 3, maxRetries: 4, idleTimeout: 5s,"
        " h2UpgradePolicy: DO_NOT_UPGRADE, useClientProtocol: true, maxConcurrentStreams: 6,"
        " http2KeepAlive: {interval: 7s, timeout: 8s}}"
    )
    assert pool(f"{{http: {text}}}") == ConnectionPool(
        http=HttpPool(
            max_pending_requests=1,
            max_requests=2,
            max_requests_per_connection=3,
            max_retries=4,
            idle_timeout=seconds(5),
            h2_upgrade=H2Upgrade.DO_NOT_UPGRADE,
            use_client_protocol=True,
            max_concurrent_streams=6,
            http2_keepalive=Http2Keepalive(seconds(7), seconds(8)),
        )
    )


def test_no_limit_and_a_limit_of_none_are_the_same_as_in_istio() -> None:
    assert pool("{tcp: {maxConnections: 0}, http: {maxRetries: 0, http2MaxRequests: 0}}") == pool("{tcp: {}, http: {}}")


def test_an_idle_connection_that_is_kept_for_ever_is_told_from_one_with_the_default() -> None:
    assert pool("{tcp: {idleTimeout: 0s}}") == ConnectionPool(TcpPool(idle_timeout=seconds(0)))
    assert pool("{tcp: {}}") == ConnectionPool(TcpPool(idle_timeout=None))


def test_a_keepalive_without_fields_is_there() -> None:
    assert pool("{tcp: {tcpKeepalive: {}}}") == ConnectionPool(TcpPool(keepalive=TcpKeepalive()))
