from typing import Any

import pytest

from authz.forwarder.translate.upstream_tls import (
    AutoNames,
    Server,
    add_auto_mtls,
    add_proxy_protocol,
    add_tls,
    auto_names,
)
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.model.routing.traffic_policy import ProxyProtocol
from authz.pb.cluster import Cluster
from authz.pb.packing import to_json

SIMPLE, MUTUAL = ClientTlsMode.SIMPLE, ClientTlsMode.MUTUAL
SERVER = Server("outbound_.80_._.a.example.com", identities=("spiffe://td/ns/a/sa/b",))


def secured(tls: ClientTls | None, server: Server = SERVER) -> Any:
    cluster = Cluster()
    add_tls(cluster, tls, server)
    return to_json(cluster)


def context(tls: ClientTls, server: Server = SERVER) -> Any:
    socket = secured(tls, server)["transport_socket"]
    assert socket["name"] == "envoy.transport_sockets.tls"
    return socket["typed_config"]


def roots(tls: ClientTls, server: Server = SERVER) -> str:
    validation = context(tls, server)["common_tls_context"]["combined_validation_context"]
    name = validation["validation_context_sds_secret_config"]["name"]
    assert isinstance(name, str)
    return name


def sans(tls: ClientTls, server: Server = SERVER) -> list[tuple[str, str]]:
    validation = context(tls, server)["common_tls_context"]["combined_validation_context"]
    matchers = validation["default_validation_context"].get("match_typed_subject_alt_names", ())
    return [(one["san_type"], one["matcher"]["exact"]) for one in matchers]


@pytest.mark.parametrize("tls", [None, ClientTls(ClientTlsMode.DISABLE)])
def test_plain_text_is_what_nobody_secures_and_what_is_disabled(tls: ClientTls | None) -> None:
    assert secured(tls) == {}


@pytest.mark.parametrize("mode", [SIMPLE, MUTUAL, ClientTlsMode.ISTIO_MUTUAL])
def test_tls_is_1_2_or_1_3(mode: ClientTlsMode) -> None:
    params = context(ClientTls(mode))["common_tls_context"]["tls_params"]
    assert params == {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"}


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        (ClientTls(SIMPLE), "file-root:system"),
        (ClientTls(SIMPLE, ca_certificates="/a/ca.pem"), "file-root:/a/ca.pem"),
        (ClientTls(SIMPLE, credential_name="a"), "kubernetes://a-cacert"),
        (ClientTls(MUTUAL, credential_name="a"), "kubernetes://a-cacert"),
        (ClientTls(SIMPLE, credential_name="configmap://b/a"), "configmap://b/a-cacert"),
        (ClientTls(ClientTlsMode.ISTIO_MUTUAL), "ROOTCA"),
    ],
)
def test_a_server_is_always_verified_by_somebody(tls: ClientTls, expected: str) -> None:
    assert roots(tls) == expected


@pytest.mark.parametrize(
    ("tls", "certificates"),
    [
        (ClientTls(SIMPLE), []),
        (ClientTls(SIMPLE, credential_name="a"), []),
        (ClientTls(MUTUAL, credential_name="a"), ["kubernetes://a"]),
        (ClientTls(MUTUAL, client_certificate="/c", private_key="/k"), ["file-cert:/c~/k"]),
        (ClientTls(ClientTlsMode.ISTIO_MUTUAL, client_certificate="/c"), ["default"]),
    ],
)
def test_who_shows_which_certificate(tls: ClientTls, certificates: list[str]) -> None:
    configs = context(tls)["common_tls_context"].get("tls_certificate_sds_secret_configs", ())
    assert [config["name"] for config in configs] == certificates


@pytest.mark.parametrize(
    "tls", [ClientTls(MUTUAL), ClientTls(MUTUAL, client_certificate="/c"), ClientTls(MUTUAL, private_key="/k")]
)
def test_a_certificate_that_cannot_be_read_is_a_secret_that_is_missing_and_not_plain_text(tls: ClientTls) -> None:
    (config,) = context(tls)["common_tls_context"]["tls_certificate_sds_secret_configs"]
    assert config["name"].startswith("file-cert:")


def test_only_who_says_so_verifies_nothing() -> None:
    made = context(ClientTls(SIMPLE, insecure_skip_verify=True))["common_tls_context"]
    assert made["validation_context"] == {}
    assert "combined_validation_context" not in made


def test_a_list_of_revoked_certificates_is_a_file() -> None:
    made = context(ClientTls(SIMPLE, ca_certificates="/ca", ca_crl="/crl"))["common_tls_context"]
    assert made["combined_validation_context"]["default_validation_context"] == {"crl": {"filename": "/crl"}}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.example.com", "DNS"),
        ("spiffe://td/ns/a/sa/b", "URI"),
        ("urn:a", "URI"),
        ("10.0.0.1", "IP_ADDRESS"),
        ("fd00::1", "IP_ADDRESS"),
        ("a@example.com", "EMAIL"),
    ],
)
def test_a_name_is_compared_with_those_of_its_kind(name: str, kind: str) -> None:
    assert sans(ClientTls(SIMPLE, subject_alt_names=(name,))) == [(kind, name)]


ENTRY = Server("s", identities=("spiffe://td/ns/a/sa/b", "c.example.com"), server_names=("c.example.com",))


@pytest.mark.parametrize(
    ("tls", "server", "expected"),
    [
        (ClientTls(SIMPLE), SERVER, []),
        (ClientTls(SIMPLE), ENTRY, ["c.example.com"]),
        (ClientTls(SIMPLE, subject_alt_names=("d",)), ENTRY, ["d"]),
        (ClientTls(ClientTlsMode.ISTIO_MUTUAL), ENTRY, ["spiffe://td/ns/a/sa/b", "c.example.com"]),
        (ClientTls(ClientTlsMode.ISTIO_MUTUAL, subject_alt_names=("d",)), ENTRY, ["d"]),
    ],
)
def test_the_names_of_a_server_are_the_rules_else_what_is_known_of_it(
    tls: ClientTls, server: Server, expected: list[str]
) -> None:
    assert [name for _, name in sans(tls, server)] == expected


@pytest.mark.parametrize(
    ("tls", "server", "expected"),
    [
        (None, SERVER, AutoNames()),
        (ClientTls(ClientTlsMode.DISABLE), SERVER, AutoNames()),
        (ClientTls(ClientTlsMode.ISTIO_MUTUAL), SERVER, AutoNames()),
        (ClientTls(SIMPLE), SERVER, AutoNames(sni=True, san=True)),
        (ClientTls(MUTUAL), SERVER, AutoNames(sni=True, san=True)),
        (ClientTls(SIMPLE), ENTRY, AutoNames(sni=True)),
        (ClientTls(SIMPLE, subject_alt_names=("d",)), SERVER, AutoNames(sni=True)),
        (ClientTls(SIMPLE, insecure_skip_verify=True), SERVER, AutoNames(sni=True)),
        (ClientTls(SIMPLE, sni="a"), SERVER, AutoNames()),
    ],
)
def test_a_requests_host_names_the_server_where_the_rule_does_not(
    tls: ClientTls | None, server: Server, expected: AutoNames
) -> None:
    assert auto_names(tls, server.server_names) == expected


@pytest.mark.parametrize(
    ("tls", "sni"),
    [
        (ClientTls(SIMPLE), None),
        (ClientTls(SIMPLE, sni="a"), "a"),
        (ClientTls(SIMPLE, sni="a" * 256), None),
        (ClientTls(ClientTlsMode.ISTIO_MUTUAL), "outbound_.80_._.a.example.com"),
        (ClientTls(ClientTlsMode.ISTIO_MUTUAL, sni="a"), "a"),
    ],
)
def test_the_name_in_the_handshake(tls: ClientTls, sni: str | None) -> None:
    assert context(tls).get("sni") == sni


@pytest.mark.parametrize(
    ("mode", "server", "alpn"),
    [
        (SIMPLE, SERVER, None),
        (SIMPLE, Server("s", is_http2=True), ["h2"]),
        (ClientTlsMode.ISTIO_MUTUAL, SERVER, ["istio-http/1.1", "istio", "http/1.1"]),
        (ClientTlsMode.ISTIO_MUTUAL, Server("s", is_http2=True), ["istio-h2", "istio", "h2"]),
        (ClientTlsMode.ISTIO_MUTUAL, Server("s", is_http=False), ["istio"]),
    ],
)
def test_requests_and_bytes_are_told_apart_in_the_mesh(
    mode: ClientTlsMode, server: Server, alpn: list[str] | None
) -> None:
    assert context(ClientTls(mode), server)["common_tls_context"].get("alpn_protocols") == alpn


def auto() -> Cluster:
    cluster = Cluster()
    add_auto_mtls(cluster, SERVER)
    return cluster


def test_only_endpoints_that_are_marked_get_mutual_tls_and_they_never_get_plain_text() -> None:
    made: Any = to_json(auto())
    first, second = made["transport_socket_matches"]
    assert (first["name"], first["match"]) == ("tlsMode-istio", {"tlsMode": "istio"})
    assert first["transport_socket"] == secured(ClientTls(ClientTlsMode.ISTIO_MUTUAL))["transport_socket"]
    assert (second["name"], second["match"]) == ("tlsMode-disabled", {})
    assert second["transport_socket"]["name"] == "envoy.transport_sockets.raw_buffer"


def test_every_connection_begins_with_proxy_protocol_before_tls() -> None:
    cluster = auto()
    add_proxy_protocol(cluster, ProxyProtocol.V2)
    for match, inner in zip(cluster.transport_socket_matches, auto().transport_socket_matches, strict=True):
        made: Any = to_json(match.transport_socket)
        assert made["name"] == "envoy.transport_sockets.upstream_proxy_protocol"
        assert made["typed_config"]["config"] == {"version": "V2"}
        assert made["typed_config"]["transport_socket"] == to_json(inner.transport_socket)


def test_plain_text_can_begin_with_proxy_protocol() -> None:
    cluster = Cluster()
    add_proxy_protocol(cluster, ProxyProtocol.V1)
    made: Any = to_json(cluster.transport_socket)
    assert made["typed_config"]["transport_socket"]["name"] == "envoy.transport_sockets.raw_buffer"


def test_tls_of_a_rule_comes_after_proxy_protocol() -> None:
    cluster = Cluster()
    add_tls(cluster, ClientTls(SIMPLE), SERVER)
    add_proxy_protocol(cluster, ProxyProtocol.V1)
    made: Any = to_json(cluster.transport_socket)
    assert made["typed_config"]["transport_socket"]["name"] == "envoy.transport_sockets.tls"


def test_without_a_word_there_is_no_proxy_protocol() -> None:
    cluster = Cluster()
    add_proxy_protocol(cluster, None)
    assert cluster == Cluster()
