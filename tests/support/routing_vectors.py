"""`tests/data/routing-vectors.yaml`: what a proxy does with a request, under resources of Istio."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from authz.forwarder.proxy import Proxy
from authz.mesh.routing_view import RoutingView
from authz.model.problem import Problems
from authz.model.workload import Role
from authz.resources.collection import join_files, read_file
from authz.resources.documents import SourceFile

Vector = dict[str, Any]

DATA = yaml.safe_load((Path(__file__).parents[1] / "data" / "routing-vectors.yaml").read_text(encoding="utf-8"))
VECTORS: list[Vector] = DATA["vectors"] + DATA["more_vectors"]


def proxy_of(vector: Vector) -> Proxy:
    labels = frozenset(vector["proxy"].get("labels", {}).items())
    return Proxy(vector["proxy"]["namespace"], labels, Role(vector["role"]))


def view_of(vector: Vector, *more: dict[str, Any]) -> RoutingView:
    """The mesh of a vector with its backends. `more`: documents."""
    known = [*vector["resources"], *more]
    documents = [*known, *[one for resource in known for one in backends(resource)]]
    files = [SourceFile(f"{n}.yaml", json.dumps(one).encode()) for n, one in enumerate(documents)]
    return RoutingView(join_files(map(read_file, files), Problems()))


def backends(service: dict[str, Any]) -> list[dict[str, Any]]:
    """One healthy endpoint per Service port and per label version v1 and v2."""
    if service["kind"] != "Service":
        return []
    metadata, spec = service["metadata"], service["spec"]
    names = {version: f"{metadata['name']}-{version}" for version in ("v1", "v2")}
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata | {"name": name, "labels": spec["selector"] | {"version": version}},
            "spec": {},
            "status": {"podIP": f"10.9.0.{index}"},
        }
        for index, (version, name) in enumerate(names.items(), 1)
    ]
    endpoints = [
        {"addresses": [pod["status"]["podIP"]], "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"]}}
        for pod in pods
    ]
    ports = [{"name": port["name"], "port": port.get("targetPort", port["port"])} for port in spec["ports"]]
    labels = {"kubernetes.io/service-name": metadata["name"]}
    slice_metadata = {"name": metadata["name"], "namespace": metadata.get("namespace", "default"), "labels": labels}
    head = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": slice_metadata}
    return [*pods, head | {"addressType": "IPv4", "endpoints": endpoints, "ports": ports}]
