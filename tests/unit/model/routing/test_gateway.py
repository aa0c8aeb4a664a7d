import pytest

from authz.model.routing.gateway import Port, Server, ServerHost, ServerTls, TlsMode
from authz.model.routing.hosts import ANY_HOST
from authz.model.routing.protocol import Protocol
from authz.model.where import Where

WHERE = Where("a.yaml", 1, 1)


def server(protocol: Protocol, tls: ServerTls | None = None) -> Server:
    return Server(WHERE, Port(443, "https", protocol), (ServerHost(None, ANY_HOST),), tls=tls)


@pytest.mark.parametrize(
    "mode,terminates,asks",
    [
        (TlsMode.PASSTHROUGH, False, False),
        (TlsMode.AUTO_PASSTHROUGH, False, False),
        (TlsMode.SIMPLE, True, False),
        (TlsMode.MUTUAL, True, True),
        (TlsMode.OPTIONAL_MUTUAL, True, True),
        (TlsMode.ISTIO_MUTUAL, True, True),
    ],
)
def test_tls_ends_at_the_gateway_or_passes_through(mode: TlsMode, terminates: bool, asks: bool) -> None:  # noqa: FBT001
    assert (mode.terminates, mode.asks_for_client_certificate) == (terminates, asks)
    secure = server(Protocol.TLS, ServerTls(WHERE, mode))
    assert (secure.terminates_tls, secure.passes_tls_through) == (terminates, not terminates)


def test_tls_without_a_word_about_the_mode_passes_through() -> None:
    assert server(Protocol.HTTPS, ServerTls(WHERE)).passes_tls_through


def test_a_plain_server_has_no_tls_to_end_or_to_pass() -> None:
    plain = server(Protocol.HTTP)
    assert not plain.terminates_tls
    assert not plain.passes_tls_through


def test_only_a_plain_http_server_redirects_to_https() -> None:
    redirect = ServerTls(WHERE, https_redirect=True)
    assert server(Protocol.HTTP, redirect).redirects_to_https
    assert not server(Protocol.HTTPS, redirect).redirects_to_https
    assert not server(Protocol.HTTP, ServerTls(WHERE)).redirects_to_https
    assert not server(Protocol.HTTP).redirects_to_https


def test_a_host_admits_virtual_services_of_its_namespace_or_of_any() -> None:
    assert ServerHost(None, ANY_HOST).admits("a")
    assert ServerHost("a", ANY_HOST).admits("a")
    assert not ServerHost("a", ANY_HOST).admits("b")
