"""A snapshot as one configuration file, for people to read, and to start an Envoy with that knows no ADS."""

from collections.abc import Iterable, Mapping
from typing import cast

from authz.forwarder.bootstrap import grpc_cluster, node_of, runtime
from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Snapshot, without_keys
from authz.pb.packing import Json, to_json


def static_configuration(
    snapshot: Snapshot, proxy: Proxy, authorizer: str | None, *, with_keys: bool = False
) -> dict[str, Json]:
    """A bootstrap configuration without ADS, as JSON values. Without keys Envoy takes it where there is no TLS to end.

    What is named and not there is left to Envoy to complain of.
    """
    shown = {type_url: list(_shown(snapshot, type_url, with_keys=with_keys)) for type_url in TypeUrl}
    routes = {str(one["name"]): one for one in shown[TypeUrl.ROUTE]}
    endpoints = {str(one["cluster_name"]): one for one in shown[TypeUrl.ENDPOINT]}
    clusters: list[Json] = [_with_endpoints(one, endpoints) for one in shown[TypeUrl.CLUSTER]]
    if proxy.authorizer is not None and authorizer is not None:
        clusters.append(to_json(grpc_cluster(proxy.authorizer.cluster, authorizer)))
    static: dict[str, Json] = {
        "listeners": [_inlined(one, routes) for one in shown[TypeUrl.LISTENER]],
        "clusters": [_inlined(one, {}) for one in clusters],
        "secrets": list(shown[TypeUrl.SECRET]),
    }
    return {"node": to_json(node_of(proxy)), "static_resources": static, "layered_runtime": to_json(runtime())}


def _shown(snapshot: Snapshot, type_url: TypeUrl, *, with_keys: bool) -> Iterable[dict[str, Json]]:
    for resource in snapshot.of_type(type_url).values():
        shown = to_json(resource.message())
        yield shown if with_keys else cast("dict[str, Json]", without_keys(shown))


def _with_endpoints(cluster: Mapping[str, Json], endpoints: Mapping[str, Json]) -> dict[str, Json]:
    """A cluster that has its endpoints in itself."""
    if "eds_cluster_config" not in cluster:
        return dict(cluster)
    made = {key: value for key, value in cluster.items() if key != "eds_cluster_config"}
    name = str(cluster["name"])
    return {**made, "type": "STATIC", "load_assignment": endpoints.get(name, {"cluster_name": name})}


def _inlined(value: Json, routes: Mapping[str, Json]) -> Json:
    """Routes in place of their name, and secrets by their name alone: they stand in the same file."""
    if isinstance(value, list):
        return [_inlined(one, routes) for one in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Json] = {}
    for key, inner in value.items():
        if key == "rds" and isinstance(inner, dict):
            name = str(inner["route_config_name"])
            made["route_config"] = routes.get(name, {"name": name})
        elif key != "sds_config":
            made[key] = _inlined(inner, routes)
    return made
