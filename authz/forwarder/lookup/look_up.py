"""From a request to the route that takes it, or to why there is none."""

from dataclasses import dataclass, field
from enum import Enum

from authz.forwarder.lookup.matching import best_domain, matches
from authz.forwarder.translate import Translation
from authz.forwarder.translate.gateway_plan import PlannedListener, PlannedServer, Traffic
from authz.forwarder.translate.routes import MadeRoute
from authz.forwarder.translate.virtual_hosts import MadeHost
from authz.model.string_match import ascii_lower
from authz.pb.route import Route


class Outcome(Enum):
    """What a client gets; the words are those of a person."""

    ROUTED = "routed"
    TO_HTTPS = "301 to https"
    NO_LISTENER = "connection refused: nothing listens on this port"
    NO_CHAIN = "connection reset: no server has this name in the handshake"
    NO_HOST = "404: no virtual host has this host"
    NO_ROUTE = "404: the virtual host has no route for this request"
    BYTES = "connections are passed on as bytes; there are no requests to look at"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `port`: as a Gateway has it, or as it is listened on; `target`: path and query.

    `headers`: names in any case. `sni` empty: the host without its port.
    """

    port: int
    host: str
    target: str = "/"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    sni: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """How far a request comes. What is None it has not come to."""

    outcome: Outcome
    listener: PlannedListener | None = None
    server: PlannedServer | None = None
    host: MadeHost | None = None
    route: MadeRoute | None = None
    passed_by: tuple[MadeRoute, ...] = field(default=(), repr=False)

    @property
    def message(self) -> Route | None:
        """The route as Envoy has it."""
        return None if self.route is None else self.route.message()


def look_up(translation: Translation, asked: Asked) -> Found:
    """What becomes of a request at a proxy that is told a translation."""
    for listener in translation.plan.listeners:
        servers = [one for one in listener.servers if asked.port in {listener.port, one.server.port.number}]
        if servers:
            return _at_listener(translation, listener, servers, asked)
    return Found(Outcome.NO_LISTENER)


def _at_listener(
    translation: Translation, listener: PlannedListener, servers: list[PlannedServer], asked: Asked
) -> Found:
    is_tls = listener.traffic is Traffic.TLS
    server = _by_server_name(servers, asked) if is_tls else servers[0]
    if server is None:
        return Found(Outcome.NO_CHAIN, listener)
    config = translation.routes.configs.get(server.routes)
    if config is None:
        return Found(Outcome.BYTES, listener, server)
    by_domain = {domain: host for host in config.hosts for domain in host.domains}
    domain = best_domain(by_domain, asked.host)
    if domain is None:
        return Found(Outcome.NO_HOST, listener, server)
    host = by_domain[domain]
    if host.to_https:
        return Found(Outcome.TO_HTTPS, listener, server, host)
    headers = _headers(asked, scheme="https" if is_tls else "http")
    for index, route in enumerate(host.routes):
        if matches(route.message().match, asked.target, headers):
            return Found(Outcome.ROUTED, listener, server, host, route, host.routes[:index])
    return Found(Outcome.NO_ROUTE, listener, server, host, None, host.routes)


def _by_server_name(servers: list[PlannedServer], asked: Asked) -> PlannedServer | None:
    names = {one.host.text: server for server in servers for one in server.server.hosts}
    best = best_domain(names, asked.sni or asked.host)
    return None if best is None else names[best]


def _headers(asked: Asked, scheme: str) -> dict[str, str]:
    headers = {":method": asked.method, ":authority": asked.host, ":scheme": scheme}
    for name, value in asked.headers:
        key = ascii_lower(name)
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    return headers
