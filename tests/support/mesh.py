"""Services, endpoints and rules of a mesh, from YAML as people write it."""

from __future__ import annotations

from authz.mesh.registry import (
    Discovery,
    MeshService,
    Origin,
    Registry,
    RegistrySettings,
    RegistrySources,
    build_registry,
)
from authz.model.routing.hosts import HostPattern
from authz.model.routing.visibility import PUBLIC, ExportTo
from authz.model.where import Where
from authz.resources.collection import Resources
from tests.support.reading import resources
from tests.support.routing import document

__all__ = ["document", "endpoint_slice", "kubernetes", "mesh_resources", "mesh_service", "registry"]


def mesh_resources(*documents: str) -> Resources:
    """What several documents say, without an error; warnings are not looked at."""
    found, problems = resources("---\n".join(documents))
    assert [problem for problem in problems if not problem.code.is_warning] == []
    return found


def registry(*documents: str, settings: RegistrySettings | None = None) -> Registry:
    return build_registry(RegistrySources.of(mesh_resources(*documents)), settings or RegistrySettings())


def mesh_service(
    host: str,
    namespace: str,
    origin: Origin = Origin.SERVICE_ENTRY,
    export_to: ExportTo = PUBLIC,
    *,
    name: str = "a",
) -> MeshService:
    """A service of which hardly anything matters."""
    return MeshService(
        host=HostPattern(host),
        namespace=namespace,
        name=name,
        origin=origin,
        discovery=Discovery.ENDPOINTS,
        ports=(),
        addresses=(),
        is_external=False,
        export_to=export_to,
        server_names=(),
        service_accounts=(),
        selector=None,
        alias_of="",
        created=None,
        where=Where("f"),
    )


def kubernetes(kind: str, spec: str, metadata: str = "name: a", status: str = "{}") -> str:
    return document(kind, spec, metadata, "v1") + f"status: {status}\n"


def endpoint_slice(service: str, endpoints: str, ports: str, metadata: str = "name: s") -> str:
    """A slice of addresses of IPv4. `metadata`: of it, without labels."""
    head = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
    labelled = f"metadata: {{labels: {{kubernetes.io/service-name: {service}}}, {metadata}}}\n"
    return f"{head}{labelled}addressType: IPv4\nendpoints: {endpoints}\nports: {ports}\n"
