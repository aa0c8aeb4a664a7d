"""Envoy's node -> the proxy that it plays.

Whoever runs an Envoy says by its bootstrap who it is: `node.id` begins with `router~` or `sidecar~`, and the metadata
have `NAMESPACE` and `LABELS`, as Istio's have. It is believed: who may ask at all is for the door to know.
"""

from dataclasses import replace

from authz.forwarder.proxy import Proxy
from authz.model.address import parse_address
from authz.model.workload import Role
from authz.pb.core import Node
from authz.pb.protobuf import Struct

_ROLES = {"router": Role.GATEWAY, "sidecar": Role.SIDECAR}


def proxy_of(node: Node, settings: Proxy) -> Proxy | None:
    """The proxy of a node; what it does not say is as in `settings`. None: of a role that we have nothing for."""
    kind, _, rest = node.id.partition("~")
    role = _ROLES.get(kind) if rest else settings.role
    if role is not settings.role:
        return None
    address = rest.partition("~")[0]
    return replace(
        settings,
        namespace=_text(node.metadata, "NAMESPACE") or settings.namespace,
        labels=_labels(node.metadata) if "LABELS" in node.metadata.fields else settings.labels,
        service_account=_text(node.metadata, "SERVICE_ACCOUNT") or settings.service_account,
        addresses=(address,) if parse_address(address) is not None else settings.addresses,
    )


def _text(metadata: Struct, key: str) -> str:
    return metadata.fields[key].string_value if key in metadata.fields else ""


def _labels(metadata: Struct) -> frozenset[tuple[str, str]]:
    found = metadata.fields["LABELS"].struct_value.fields
    return frozenset((key, value.string_value) for key, value in found.items())
