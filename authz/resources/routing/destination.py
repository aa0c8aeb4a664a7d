"""Destinations and their weights: documents -> records, or problems.

Source: istio/istio pkg/config/validation/validation.go, validateDestination, validateHTTPRouteDestinations.
"""

from collections.abc import Iterable

from authz.model.problem import Code
from authz.model.routing.destination import Destination, WeightedDestination
from authz.model.routing.hosts import HostPattern
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.domains import check_wildcard_domain, is_label
from authz.resources.routing.values import read_host, read_port

_FIELDS = ("host", "subset", "port")
_MAX_WEIGHT = 2**31 - 1
_MAX_TOTAL = 2**32 - 1


def read_destination(fields: Fields, node: Node | None, path: str, namespace: str) -> Destination | None:
    """Where to send to, as a resource of `namespace` says it. None: it is absent, or after a problem."""
    root = fields.mapping(node, path, _FIELDS)
    if root is None:
        return None
    host = read_host(fields, root.get("host"), f"{path}.host", _check_host) or HostPattern("")
    if root.get("host") is None:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.host", "which service?")
    return Destination(
        where=fields.where(root),
        namespace=namespace,
        host=host.text,
        subset=_subset(fields, root.get("subset"), f"{path}.subset"),
        port=_port(fields, root.get("port"), f"{path}.port"),
    )


def required_destination(fields: Fields, root: Mapping, path: str, namespace: str) -> Destination:
    """The destination of an entry that has nothing without one."""
    node = root.get("destination")
    if node is None:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.destination", "where to? write `{host: NAME}`")
    found = read_destination(fields, node, f"{path}.destination", namespace)
    return found or Destination(fields.where(root), namespace, "")


def _check_host(text: str) -> None:
    if text == "*":
        raise ValueError("a destination is one service, not all; write its name instead of '*'")
    check_wildcard_domain(text)


def _subset(fields: Fields, node: Node | None, path: str) -> str:
    text = fields.string(node, path)
    if text and node is not None and not is_label(text):
        fields.problem(Code.BAD_NAME, node, path, f"expected letters, digits and '-' (at most 63), found {text!r}")
    return text or ""


def _port(fields: Fields, node: Node | None, path: str) -> int | None:
    root = fields.mapping(node, path, ("number",))
    if root is None:
        return None
    if root.get("number") is None:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.number", "a port has a number; remove `port`, or add it")
    return read_port(fields, root.get("number"), f"{path}.number")


def read_weighted(fields: Fields, node: Node | None, path: str, namespace: str) -> tuple[WeightedDestination, ...]:
    """The destinations of a `tls` or `tcp` route."""
    found = []
    for item_path, item in fields.items(node, path):
        root = fields.mapping(item, item_path, ("destination", "weight"))
        if root is not None:
            destination = required_destination(fields, root, item_path, namespace)
            found.append(WeightedDestination(destination, read_weight(fields, root, item_path)))
    check_weights(fields, node, path, [one.weight for one in found])
    return tuple(found)


def read_weight(fields: Fields, root: Mapping, path: str) -> int:
    """The weight of an entry; absent is 0."""
    return fields.integer(root.get("weight"), f"{path}.weight", 0, _MAX_WEIGHT) or 0


def check_weights(fields: Fields, node: Node | None, path: str, weights: Iterable[int]) -> None:
    """Several destinations need a weight that is not 0, and not more in all than Envoy can count."""
    found = list(weights)
    if node is None or len(found) < 2:  # noqa: PLR2004 - one destination gets all
        return
    if not sum(found):
        fields.problem(Code.NO_WEIGHT, node, path, "several destinations need weights, and one that is not 0")
    if sum(found) > _MAX_TOTAL:
        fields.problem(
            Code.NOT_ONE_OF, node, path, f"all weights together are at most {_MAX_TOTAL}, found {sum(found)}"
        )
