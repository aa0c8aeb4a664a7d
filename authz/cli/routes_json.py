"""Routes as plain values for JSON. The shape only ever grows. Pure."""

from typing import Any

from authz.forwarder.lookup import Asked, Found
from authz.forwarder.lookup.view import action_text, cluster_view, match_text, weighted_clusters
from authz.forwarder.translate import Translation
from authz.forwarder.translate.gateway_plan import PlannedListener, PlannedServer
from authz.forwarder.translate.routes import MadeRoute
from authz.forwarder.translate.virtual_hosts import MadeHost
from authz.model.where import Where

Object = dict[str, Any]


def table_object(translation: Translation) -> Object:
    """All of a translation."""
    return {
        "version": translation.snapshot.version,
        "listeners": [_listener(one) for one in translation.plan.listeners],
        "route_configs": [
            {"name": config.name, "hosts": [_host(host) for host in config.hosts]}
            for config in translation.routes.configs.values()
        ],
        "clusters": [_cluster(translation, name) for name in sorted(translation.routes.clusters)],
        "remarks": [{"text": one.text, **_place(one.where)} for one in translation.remarks],
    }


def lookup_object(translation: Translation, asked: Asked, found: Found) -> Object:
    """What becomes of one request."""
    message = found.message
    clusters = weighted_clusters(message) if message is not None else ()
    return {
        "request": {"method": asked.method, "host": asked.host, "target": asked.target, "port": asked.port},
        "outcome": found.outcome.name.lower(),
        "text": found.outcome.value,
        "listener": found.listener and _listener(found.listener),
        "server": found.server and _server(found.server),
        "host": found.host and {"name": found.host.name, "domains": list(found.host.domains)},
        "route": found.route and _route(found.route),
        "clusters": [{"weight": weight, **_cluster(translation, name)} for name, weight in clusters],
    }


def _listener(listener: PlannedListener) -> Object:
    return {
        "bind": listener.bind,
        "port": listener.port,
        "traffic": listener.traffic.name,
        "servers": [_server(one) for one in listener.servers],
    }


def _server(planned: PlannedServer) -> Object:
    server = planned.server
    return {
        "gateway": f"{planned.gateway.namespace}/{planned.gateway.name}",
        "name": server.port.name,
        "port": server.port.number,
        "protocol": server.port.protocol.value,
        "hosts": [one.host.text for one in server.hosts],
        "route_config": planned.routes or None,
        **_place(server.where),
    }


def _host(host: MadeHost) -> Object:
    return {
        "name": host.name,
        "domains": list(host.domains),
        "to_https": host.to_https,
        "routes": [_route(one) for one in host.routes],
    }


def _route(made: MadeRoute) -> Object:
    route = made.message()
    clusters = [{"name": name, "weight": weight} for name, weight in weighted_clusters(route)]
    return {
        "name": route.name,
        "match": match_text(route.match),
        "action": action_text(route),
        "clusters": clusters,
        **_place(made.where),
    }


def _cluster(translation: Translation, name: str) -> Object:
    view = cluster_view(translation, name)
    return {
        "name": name,
        "exists": view.exists,
        "balancing": view.balancing,
        "discovery": view.discovery,
        "endpoints": list(view.endpoints),
    }


def _place(where: Where) -> Object:
    return {"file": where.file, "line": where.line, "column": where.column}
