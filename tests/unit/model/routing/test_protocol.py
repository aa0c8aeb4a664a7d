import pytest

from authz.model.routing.protocol import Protocol, parse_protocol, protocol_of_service_port


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("HTTP", Protocol.HTTP),
        ("http2", Protocol.HTTP2),
        ("Https", Protocol.HTTPS),
        ("GRPC", Protocol.GRPC),
        ("gRPC-Web", Protocol.GRPC_WEB),
        ("tcp", Protocol.TCP),
        ("TLS", Protocol.TLS),
        ("Mongo", Protocol.MONGO),
        ("redis", Protocol.REDIS),
        ("MySQL", Protocol.MYSQL),
        ("udp", Protocol.UDP),
        ("HTTP_PROXY", Protocol.HTTP_PROXY),
        ("", Protocol.AUTO),
    ],
)
def test_a_protocol_is_read_in_any_case(text: str, wanted: Protocol) -> None:
    assert parse_protocol(text) is wanted


@pytest.mark.parametrize("text", ["HTTP3", "grpc_web", "http ", "\N{KELVIN SIGN}"])
def test_another_word_is_no_protocol(text: str) -> None:
    with pytest.raises(ValueError, match="expected one of HTTP, HTTP2"):
        parse_protocol(text)


def test_every_protocol_but_udp_and_auto_is_either_http_or_tcp_to_a_proxy() -> None:
    neither = {one for one in Protocol if one.is_http == one.is_tcp}
    assert neither == {Protocol.UDP, Protocol.AUTO}


def test_https_is_tcp_until_it_is_decrypted() -> None:
    assert {one for one in Protocol if one.is_tls} == {Protocol.HTTPS, Protocol.TLS}
    assert Protocol.HTTPS.is_tcp
    assert Protocol.HTTPS.decrypted is Protocol.HTTP
    assert Protocol.TLS.decrypted is Protocol.TCP
    assert Protocol.GRPC.decrypted is Protocol.GRPC


def test_grpc_is_http2() -> None:
    assert {one for one in Protocol if one.is_http2} == {Protocol.HTTP2, Protocol.GRPC, Protocol.GRPC_WEB}


@pytest.mark.parametrize(
    "name,app_protocol,wanted",
    [
        ("http", None, Protocol.HTTP),
        ("HTTP-web", None, Protocol.HTTP),
        ("http2-x", None, Protocol.HTTP2),
        ("grpc-web", None, Protocol.GRPC_WEB),
        ("grpc-webber", None, Protocol.GRPC_WEB),
        ("grpc-x", None, Protocol.GRPC),
        ("tls-x", None, Protocol.TLS),
        ("web", None, Protocol.AUTO),
        ("", None, Protocol.AUTO),
        ("httpx", None, Protocol.AUTO),
        ("http", "tcp", Protocol.TCP),
        ("http", "", Protocol.AUTO),
        ("http", "example.com/own", Protocol.AUTO),
        ("tcp", "https", Protocol.HTTPS),
        ("tcp", "kubernetes.io/h2c", Protocol.HTTP2),
        ("tcp", "kubernetes.io/ws", Protocol.HTTP),
        ("tcp", "kubernetes.io/wss", Protocol.HTTPS),
        ("kubernetes.io/ws", None, Protocol.AUTO),
    ],
)
def test_the_app_protocol_of_a_service_port_counts_before_its_name(
    name: str, app_protocol: str | None, wanted: Protocol
) -> None:
    assert protocol_of_service_port(8080, name, app_protocol=app_protocol) is wanted


@pytest.mark.parametrize("port", [25, 53, 3306, 27017])
def test_a_port_where_the_server_speaks_first_is_tcp_unless_it_says_otherwise(port: int) -> None:
    assert protocol_of_service_port(port, "web") is Protocol.TCP
    assert protocol_of_service_port(port, "http-web") is Protocol.HTTP


def test_udp_is_udp_whatever_its_name() -> None:
    assert protocol_of_service_port(80, "http", "UDP", "http") is Protocol.UDP
