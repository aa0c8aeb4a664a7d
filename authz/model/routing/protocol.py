"""What a port speaks, as routing resources and Kubernetes services declare it.

Source: istio/istio pkg/config/protocol/instance.go and pkg/config/kube/conversion.go, ConvertProtocol.
"""

from enum import Enum

from authz.model.string_match import ascii_lower


class Protocol(Enum):
    """AUTO: nobody said; the proxy looks at the first bytes."""

    HTTP = "HTTP"
    HTTP2 = "HTTP2"
    HTTPS = "HTTPS"
    GRPC = "GRPC"
    GRPC_WEB = "GRPC-WEB"
    HTTP_PROXY = "HTTP_PROXY"
    TCP = "TCP"
    TLS = "TLS"
    MONGO = "MONGO"
    REDIS = "REDIS"
    MYSQL = "MYSQL"
    UDP = "UDP"
    AUTO = ""

    @property
    def is_http(self) -> bool:
        """Whether a proxy reads requests on it as they are; not of HTTPS, which has to be decrypted first."""
        return self in _HTTP

    @property
    def is_http2(self) -> bool:
        """Whether it is HTTP/2 from the first byte."""
        return self in _HTTP2

    @property
    def is_tls(self) -> bool:
        """Whether it begins with a TLS handshake."""
        return self in _TLS

    @property
    def is_tcp(self) -> bool:
        """Whether a proxy sees nothing but bytes in it; HTTPS and TLS too, as long as they are not decrypted."""
        return self in _TCP

    @property
    def decrypted(self) -> "Protocol":
        """What is left where TLS ends."""
        return _DECRYPTED.get(self, self)


_HTTP2 = frozenset({Protocol.HTTP2, Protocol.GRPC, Protocol.GRPC_WEB})
_HTTP = _HTTP2 | {Protocol.HTTP, Protocol.HTTP_PROXY}
_TLS = frozenset({Protocol.HTTPS, Protocol.TLS})
_TCP = _TLS | {Protocol.TCP, Protocol.MONGO, Protocol.REDIS, Protocol.MYSQL}
_DECRYPTED = {Protocol.HTTPS: Protocol.HTTP, Protocol.TLS: Protocol.TCP}
_BY_WORD = {ascii_lower(protocol.value): protocol for protocol in Protocol}
_APP_PROTOCOLS = {
    "kubernetes.io/h2c": Protocol.HTTP2,
    "kubernetes.io/ws": Protocol.HTTP,
    "kubernetes.io/wss": Protocol.HTTPS,
}
_NEVER_SNIFFED = frozenset({25, 53, 3306, 27017})  # SMTP, DNS, MySQL, MongoDB: there the server speaks first
_GRPC_WEB = "grpc-web"


def parse_protocol(text: str) -> Protocol:
    """Read a word, upper and lower case alike; empty is AUTO. Raises ValueError."""
    protocol = _BY_WORD.get(ascii_lower(text))
    if protocol is None:
        raise ValueError(f"expected one of {', '.join(filter(None, (one.value for one in Protocol)))}, found {text!r}")
    return protocol


def protocol_of_service_port(
    number: int, name: str, transport: str = "TCP", app_protocol: str | None = None
) -> Protocol:
    """The protocol of a port of a Kubernetes service: `appProtocol`, else what stands before `-` in its name."""
    if transport == "UDP":
        return Protocol.UDP
    if app_protocol in _APP_PROTOCOLS:
        return _APP_PROTOCOLS[app_protocol]
    word = ascii_lower(name if app_protocol is None else app_protocol)
    if word.startswith(_GRPC_WEB):
        return Protocol.GRPC_WEB
    protocol = _BY_WORD.get(word.partition("-")[0], Protocol.AUTO)
    return Protocol.TCP if protocol is Protocol.AUTO and number in _NEVER_SNIFFED else protocol
