"""Routes as lines for a terminal. Pure."""

from collections.abc import Iterator

from authz.cli.explanation import printable
from authz.forwarder.lookup import Asked, Found, Outcome
from authz.forwarder.lookup.view import action_text, cluster_view, match_text, weighted_clusters
from authz.forwarder.translate import Translation
from authz.forwarder.translate.gateway_plan import PlannedListener, PlannedServer, Traffic
from authz.forwarder.translate.virtual_hosts import MadeHost

_SHOWN_ENDPOINTS = 5


def render_table(translation: Translation) -> str:
    """Every port with its servers, hosts and routes, then what is not done as it is written."""
    lines = list(_listeners(translation))
    if not lines:
        lines = ["no Gateway selects this proxy: it listens to nothing"]
    if translation.remarks:
        lines += ["", "not as it is written:", *[f"  {remark}" for remark in translation.remarks]]
    return "\n".join(map(printable, lines))


def _listeners(translation: Translation) -> Iterator[str]:
    shown: set[str] = set()
    for listener in translation.plan.listeners:
        yield f"{_address(listener)}  {listener.traffic.value}"
        for server in listener.servers:
            yield f"  {_server(server)}"
            config = translation.routes.configs.get(server.routes)
            if config is not None and server.routes not in shown:
                shown.add(server.routes)
                for host in config.hosts:
                    yield from _host(translation, host)


def _host(translation: Translation, host: MadeHost) -> Iterator[str]:
    yield f"    {', '.join(host.domains)}" + ("  every request is sent to https" if host.to_https else "")
    if not host.routes and not host.to_https:
        yield "      no routes: 404"
    for made in host.routes:
        route = made.message()
        missing = [name for name, _ in weighted_clusters(route) if not cluster_view(translation, name).exists]
        note = "  (no such cluster: 503)" if missing else ""
        yield f"      {match_text(route.match)}  ->  {action_text(route)}{note}  {made.where}"


def _address(listener: PlannedListener) -> str:
    address = f"{listener.bind or '0.0.0.0'}:{listener.port}"  # noqa: S104 - told, not bound
    written = sorted({one.server.port.number for one in listener.servers} - {listener.port})
    return address + (f" ({', '.join(map(str, written))} in the Gateway)" if written else "")


def _server(planned: PlannedServer) -> str:
    server = planned.server
    tls = f", {server.tls.mode.value}" if server.tls is not None and server.port.protocol.is_tls else ""
    hosts = ", ".join(one.host.text for one in server.hosts)
    name = f"{planned.gateway.namespace}/{planned.gateway.name}"
    return f"Gateway {name} server {server.port.name} ({server.port.protocol.value}{tls}) for {hosts}  {server.where}"


def render_lookup(translation: Translation, asked: Asked, found: Found) -> str:
    """How far one request comes, and why."""
    return "\n".join(printable(line) for line in _lookup(translation, asked, found))


def _lookup(translation: Translation, asked: Asked, found: Found) -> Iterator[str]:
    is_tls = found.listener is not None and found.listener.traffic is Traffic.TLS
    yield f"{asked.method} {'https' if is_tls else 'http'}://{asked.host}{asked.target}  port {asked.port}"
    if found.outcome is not Outcome.ROUTED:
        yield f"  outcome   {found.outcome.value}"
    if found.listener is not None:
        yield f"  listener  {_address(found.listener)}"
    if found.server is not None:
        yield f"  server    {_server(found.server)}"
    if found.host is not None:
        yield f"  host      {', '.join(found.host.domains)}"
    message = found.message
    if found.route is not None and message is not None:
        position = len(found.passed_by) + 1
        of_all = f"{position} of {position + _after(found)}"
        yield f"  route     {match_text(message.match)}  ({of_all})  {found.route.where}"
        yield f"  action    {action_text(message)}"
        for name, _ in weighted_clusters(message):
            yield f"  cluster   {_cluster(translation, name)}"
    elif found.passed_by:
        first = match_text(found.passed_by[0].message().match)
        yield f"  tried     {len(found.passed_by)} routes, the first of them {first}"


def _after(found: Found) -> int:
    return len(found.host.routes) - len(found.passed_by) - 1 if found.host is not None else 0


def _cluster(translation: Translation, name: str) -> str:
    view = cluster_view(translation, name)
    if not view.exists:
        return f"{name}: there is none, so 503"
    shown = ", ".join(view.endpoints[:_SHOWN_ENDPOINTS])
    more = len(view.endpoints) - _SHOWN_ENDPOINTS
    endpoints = f"{shown} and {more} more" if more > 0 else shown or "no endpoints, so 503"
    return f"{name}: {view.balancing}, {view.discovery}: {endpoints}"
