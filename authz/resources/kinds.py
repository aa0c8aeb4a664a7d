"""Which kinds of resources there are, who reads them, and what takes part in decisions.

A directory may hold anything a cluster holds. Kinds that have a reader are read; other kinds of Istio and Kubernetes
that we know are passed over and counted; a kind of an `istio.io` group that nobody knows is a mistake.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from authz.model.problem import Code
from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.gateway import Gateway
from authz.model.routing.kubernetes import EndpointSlice, Namespace, Pod, Secret, Service
from authz.model.routing.service_entry import ServiceEntry
from authz.model.routing.virtual_service import VirtualService
from authz.model.routing.workload_entry import WorkloadEntry
from authz.model.routing.workload_group import WorkloadGroup
from authz.model.where import Where
from authz.resources.authorization_policy import AuthorizationPolicy, read_authorization_policy
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata, read_metadata
from authz.resources.nodes import Mapping as MappingNode
from authz.resources.nodes import Node, text_of
from authz.resources.peer_authentication import PeerAuthentication, read_peer_authentication
from authz.resources.request_authentication import RequestAuthentication, read_request_authentication
from authz.resources.routing.destination_rule import read_destination_rule
from authz.resources.routing.gateway import read_gateway
from authz.resources.routing.kubernetes import read_endpoint_slice, read_namespace, read_pod, read_service
from authz.resources.routing.secret import read_secret
from authz.resources.routing.service_entry import read_service_entry
from authz.resources.routing.virtual_service import read_virtual_service
from authz.resources.routing.workload_entry import read_workload_entry
from authz.resources.routing.workload_group import read_workload_group


class Resource(Protocol):
    """What every resource that is read has."""

    @property
    def namespace(self) -> str:
        """Where it belongs."""

    @property
    def name(self) -> str:
        """Its name there; empty after a problem."""

    @property
    def where(self) -> Where:
        """Where it begins."""


Read = Callable[[Fields, Metadata, MappingNode], Resource]
"""Reads the whole document of a resource whose metadata has been read."""

_ReadSpec = Callable[[Fields, Metadata, Node | None], Resource]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. Without `read` it is passed over. `group`: "" for Kubernetes' own first one.

    `resource`: what `read` gives. `decides`: it has a part in decisions, and so in the digest of a set.
    """

    name: str
    group: str
    versions: tuple[str, ...]
    resource: type[Resource] | None = None
    read: Read | None = None
    decides: bool = False


_RESOURCE_FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})


def _of_spec(read: _ReadSpec) -> Read:
    """The reader of a kind that has all it says in its `spec`."""

    def read_root(fields: Fields, metadata: Metadata, root: MappingNode) -> Resource:
        fields.mapping(root, "", _RESOURCE_FIELDS)
        return read(fields, metadata, root.get("spec"))

    return read_root


_SECURITY, _NETWORKING = "security.istio.io", "networking.istio.io"


def _security(name: str, resource: type[Resource], read: _ReadSpec) -> Kind:
    return Kind(name, _SECURITY, ("v1", "v1beta1"), resource, _of_spec(read), decides=True)


def _routing(name: str, resource: type[Resource] | None = None, read: _ReadSpec | None = None) -> Kind:
    return Kind(name, _NETWORKING, ("v1", "v1beta1", "v1alpha3"), resource, _of_spec(read) if read else None)


SECURITY_KINDS = (
    _security("AuthorizationPolicy", AuthorizationPolicy, read_authorization_policy),
    _security("PeerAuthentication", PeerAuthentication, read_peer_authentication),
    _security("RequestAuthentication", RequestAuthentication, read_request_authentication),
)
ROUTING_KINDS = (
    _routing("DestinationRule", DestinationRule, read_destination_rule),
    _routing("Gateway", Gateway, read_gateway),
    _routing("ServiceEntry", ServiceEntry, read_service_entry),
    _routing("Sidecar"),
    _routing("VirtualService", VirtualService, read_virtual_service),
    _routing("WorkloadEntry", WorkloadEntry, read_workload_entry),
    _routing("WorkloadGroup", WorkloadGroup, read_workload_group),
)
OTHER_ISTIO_KINDS = (
    Kind("EnvoyFilter", _NETWORKING, ("v1alpha3",)),
    Kind("ProxyConfig", _NETWORKING, ("v1beta1",)),
    Kind("Telemetry", "telemetry.istio.io", ("v1", "v1alpha1")),
    Kind("WasmPlugin", "extensions.istio.io", ("v1alpha1",)),
    Kind("TrafficExtension", "extensions.istio.io", ("v1alpha1",)),
    Kind("IstioOperator", "install.istio.io", ("v1alpha1",)),
)
KUBERNETES_KINDS = (
    Kind("EndpointSlice", "discovery.k8s.io", ("v1",), EndpointSlice, read_endpoint_slice),
    Kind("Namespace", "", ("v1",), Namespace, read_namespace),
    Kind("Pod", "", ("v1",), Pod, read_pod),
    Kind("Secret", "", ("v1",), Secret, read_secret),
    Kind("Service", "", ("v1",), Service, read_service),
)
"""Read leniently: their schemas are Kubernetes'."""

ISTIO_KINDS = (*SECURITY_KINDS, *ROUTING_KINDS, *OTHER_ISTIO_KINDS)
ALL_KINDS = (*ISTIO_KINDS, *KUBERNETES_KINDS)

_KNOWN: Mapping[tuple[str, str], Kind] = {(kind.group, kind.name): kind for kind in ALL_KINDS}
_SECURITY_NAMES = frozenset(kind.name for kind in SECURITY_KINDS)
NAMES: Mapping[type[Resource], str] = {kind.resource: kind.name for kind in ALL_KINDS if kind.resource is not None}


def kind_of(fields: Fields, root: MappingNode) -> Kind | None:
    """The kind of a resource; one without reader if it is none of ours; None after a problem."""
    name, api_version = text_of(root.get("kind")), text_of(root.get("apiVersion"))
    if not name or not api_version:
        missing = "kind" if api_version else "apiVersion"
        fields.problem(Code.NOT_A_RESOURCE, root, missing, f"a resource has apiVersion and kind; {missing} is missing")
        return None
    group, _, version = api_version.rpartition("/")
    if not f".{group or version}".lower().endswith(".istio.io"):
        return _foreign(fields, root, Kind(name, group, (version,)))
    if not group:
        message = f"expected GROUP/VERSION, found {api_version!r} without version; write {api_version}/v1"
        fields.problem(Code.UNKNOWN_KIND, root.entries["apiVersion"][0], "apiVersion", message)
        return None
    kind = _KNOWN.get((group, name))
    if kind is None:
        known = ", ".join(sorted(name for of_group, name in _KNOWN if of_group == group)) or "no kind"
        message = f"{group} has no kind {name!r} that we know; it has {known}"
        fields.problem(Code.UNKNOWN_KIND, root.entries["kind"][0], "kind", message)
        return None
    if version not in kind.versions:
        message = f"{name} has the versions {', '.join(kind.versions)}, found {version!r}"
        fields.problem(Code.UNKNOWN_KIND, root.entries["apiVersion"][0], "apiVersion", message)
        return None
    return kind


def _foreign(fields: Fields, root: MappingNode, found: Kind) -> Kind | None:
    """A kind of another group, which may well have a kind that is named as one of ours: Linkerd has."""
    known = _KNOWN.get((found.group, found.name))
    if known is not None and found.versions[0] in known.versions:
        return known
    if found.name not in _SECURITY_NAMES:
        return found
    if "." in found.group:
        return Kind(f"{found.name}.{found.group}", found.group, found.versions)
    message = f"no group of Kubernetes itself has the kind {found.name}; write {_SECURITY}/v1"
    fields.problem(Code.UNKNOWN_KIND, root.entries["apiVersion"][0], "apiVersion", message)
    return None


def read_resource(fields: Fields, kind: Kind, root: MappingNode) -> Resource | None:
    """What a document of a kind says; None where nobody reads that kind."""
    return kind.read(fields, read_metadata(fields, root), root) if kind.read is not None else None
