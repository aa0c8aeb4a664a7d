"""What an operator can set about the forwarder."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from authz.model.workload import Labels, Role

DEFAULT_AUTHORIZER = "127.0.0.1:9191"
DEFAULT_MAX_CONNECTIONS = 50_000


class EnvoyLogLevel(Enum):
    """The least that Envoy logs, in its own words."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ForwardSettings:
    """Which proxy to be, and whom it asks.

    `role`, `namespace`, `labels`, `service_account`: the workload that the proxy plays. `port_map`: the number that a
    Gateway has, and the port that is listened on instead. `authorizer`: where it is, `HOST:PORT` or `unix:PATH`; None:
    nobody is asked, which is meant. `authorizer_timeout_ms`: of one question. `status_on_error`: the HTTP status where
    the authorizer cannot be asked. `admin`: where Envoy's admin interface is, None for a private unix socket.
    `xds_listen`: serve configuration to Envoys that someone else runs, None to run one. `drain_seconds`: how long
    connections may last once it is told to stop. `http_listen`: where health and metrics of the forwarder
    are, None for nowhere. `max_connections`: of clients to one Envoy. `envoy_certificate`,
    `envoy_key`, `envoy_root`: files of the workload's own certificate and of the mesh's authorities, all or none.
    """

    role: Role = Role.GATEWAY
    namespace: str = "istio-system"
    labels: Labels = field(default_factory=frozenset)
    service_account: str = ""
    cluster_domain: str = "cluster.local"
    port_map: tuple[tuple[int, int], ...] = ()
    authorizer: str | None = DEFAULT_AUTHORIZER
    authorizer_timeout_ms: int = 1000
    status_on_error: int = 403
    admin: str | None = None
    xds_listen: str | None = None
    drain_seconds: int = 5
    http_listen: str | None = None
    max_connections: int = DEFAULT_MAX_CONNECTIONS
    envoy_log: EnvoyLogLevel = EnvoyLogLevel.WARNING
    envoy_certificate: Path | None = None
    envoy_key: Path | None = None
    envoy_root: Path | None = None


ERROR_STATUSES = frozenset([*range(400, 418), *range(421, 425), 426, 428, 429, 431, *range(500, 509), 510, 511])
"""The HTTP statuses of errors that Envoy can be told of; with another one it refuses whole listeners.

Source: Envoy type/v3/http_status.proto, StatusCode.
"""

_MAX_PORT = 65535


def check_error_status(number: int) -> int:
    """The same number, if Envoy can answer with it. Raises ValueError."""
    if number not in ERROR_STATUSES:
        raise ValueError(f"expected an HTTP status of an error that Envoy knows, such as 403 or 503, found {number}")
    return number


def parse_port_map(text: str) -> tuple[tuple[int, int], ...]:
    """Read `443=8443,80=8080`. Raises ValueError."""
    found: dict[int, int] = {}
    for entry in filter(None, text.split(",")):
        written, equals, bound = entry.partition("=")
        if not equals:
            raise ValueError(f"expected PORT=PORT, such as 443=8443, found {entry!r}")
        number = _port(written)
        if number in found:
            raise ValueError(f"the port {number} stands there twice")
        found[number] = _port(bound)
    return tuple(sorted(found.items()))


def render_port_map(ports: tuple[tuple[int, int], ...]) -> str:
    """The text that `parse_port_map` gave."""
    return ",".join(f"{written}={bound}" for written, bound in ports)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MAX_PORT)) and 0 < int(text) <= _MAX_PORT):
        raise ValueError(f"expected a port from 1 to {_MAX_PORT}, found {text!r}")
    return int(text)
