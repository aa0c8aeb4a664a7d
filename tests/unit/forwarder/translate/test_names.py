"""Names that users know: routing of Istio, names."""

from __future__ import annotations

import pytest

from authz.forwarder.translate.names import (
    bind_of,
    http_routes_name,
    https_routes_name,
    listener_name,
    virtual_host_name,
)
from tests.support.routes import gateway

PORT = "port: {number: 443, name: web, protocol: HTTPS}, hosts: ['*'], tls: {mode: SIMPLE, credentialName: c}"


@pytest.mark.parametrize(
    "bind, port, expected",
    [("", 8080, "0.0.0.0_8080"), ("10.0.0.1", 80, "10.0.0.1_80"), ("unix:///run/a.sock", 0, "unix:///run/a.sock_0")],
)
def test_a_listener_is_called_by_its_address(bind: str, port: int, expected: str) -> None:
    assert listener_name(bind, port) == expected


@pytest.mark.parametrize(
    "bind, http, https",
    [
        ("", "http.8443", "https.443.web.a.foo"),
        ("bind: 10.0.0.1, ", "http.8443.10.0.0.1", "https.443.web.a.foo.10.0.0.1"),
        ("bind: 0.0.0.0, ", "http.8443", "https.443.web.a.foo"),
    ],
)
def test_routes_of_plain_http_have_the_port_that_is_listened_on_those_of_https_the_one_that_is_written(
    bind: str, http: str, https: str
) -> None:
    one = gateway(f"{{servers: [{{{bind}{PORT}}}]}}")
    (server,) = one.servers

    assert http_routes_name(server, 8443) == http
    assert https_routes_name(one, server) == https


def test_a_server_of_all_addresses_has_no_bind_however_it_is_written() -> None:
    (server,) = gateway(f"{{servers: [{{bind: 0.0.0.0, {PORT}}}]}}").servers

    assert bind_of(server) == ""


def test_a_virtual_host_is_called_by_its_host_and_the_port_that_is_written() -> None:
    assert virtual_host_name("*.example.com", 443) == "*.example.com:443"
