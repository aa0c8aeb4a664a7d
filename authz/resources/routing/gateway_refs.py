"""Names of gateways in a VirtualService: documents -> records, or problems.

Source: istio/istio pkg/config/validation/validation.go, validateGatewayNames. `./NAME` is the own namespace, as where
Istio resolves it.
"""

from authz.model.problem import Code
from authz.model.routing.gateway_ref import GatewayRef, resolve_gateway_ref
from authz.resources.fields import Fields
from authz.resources.nodes import Node
from authz.resources.routing.domains import check_domain, is_label
from authz.resources.routing.values import warn


def read_gateway_refs(fields: Fields, node: Node | None, path: str, namespace: str) -> tuple[GatewayRef, ...]:
    """`mesh`, `NAME`, `NAMESPACE/NAME`, `./NAME`, and the old `NAME.NAMESPACE`."""
    found = []
    for index, text, item in fields.strings(node, path):
        item_path = f"{path}[{index}]"
        if not _is_ref(text):
            message = f"expected mesh, NAME or NAMESPACE/NAME of a gateway, found {text!r}"
            fields.problem(Code.BAD_GATEWAY_REF, item, item_path, message)
            continue
        ref = resolve_gateway_ref(text, namespace)
        if "/" not in text and "." in text:
            warn(fields, Code.DEPRECATED_FIELD, item, item_path, f"write {ref} instead of {text!r}")
        found.append(ref)
    return tuple(found)


def _is_ref(text: str) -> bool:
    namespace, slash, name = text.partition("/")
    if slash:
        return is_label(name) and (namespace == "." or is_label(namespace))
    try:
        check_domain(text)
    except ValueError:
        return False
    return not text.endswith(".")
