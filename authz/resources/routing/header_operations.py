"""`headers` of a route or a destination: documents -> records, or problems.

Source: istio/istio pkg/config/validation/virtualservice.go, validateHTTPRoute, and header_value_validator.go; Envoy's
format strings. Stricter than Istio: names that no header can have, and commands in a form that Envoy would refuse.
"""

import re

from authz.model.header_names import is_header_name
from authz.model.problem import Code
from authz.model.routing.http_route import HeaderOperations, Headers, HeaderValues, Rewrite
from authz.model.string_match import ascii_lower
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Scalar

_AUTHORITY = frozenset({":authority", "host"})
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_COMMAND = re.compile(r"%[A-Z][A-Z0-9_]*(?:\(.*?\))?(?::[0-9]+)?%")


def read_headers(fields: Fields, node: Node | None, path: str) -> Headers | None:
    """What becomes of the headers of requests and responses; None where nothing is said."""
    root = fields.mapping(node, path, ("request", "response"))
    if root is None:
        return None
    return Headers(
        request=_operations(fields, root.get("request"), f"{path}.request", authority=True),
        response=_operations(fields, root.get("response"), f"{path}.response", authority=False),
    )


def _operations(fields: Fields, node: Node | None, path: str, *, authority: bool) -> HeaderOperations:
    root = fields.mapping(node, path, ("set", "add", "remove"))
    if root is None:
        return HeaderOperations()
    removed = fields.strings(root.get("remove"), f"{path}.remove")
    for index, name, item in removed:
        _check_name(fields, item, f"{path}.remove[{index}]", name, authority=False)
    return HeaderOperations(
        set=_values(fields, root.get("set"), f"{path}.set", authority=authority),
        add=_values(fields, root.get("add"), f"{path}.add", authority=authority),
        remove=tuple([name for _, name, _ in removed]),
    )


def _values(fields: Fields, node: Node | None, path: str, *, authority: bool) -> HeaderValues:
    found = fields.string_map(node, path)
    for name, (place, value) in found.items():
        _check_name(fields, place, f"{path}[{name}]", name, authority=authority)
        _check_value(fields, value, f"{path}[{name}]")
    return tuple(sorted((name, value.text) for name, (_, value) in found.items()))


def _check_name(fields: Fields, node: Node, path: str, name: str, *, authority: bool) -> None:
    """`authority`: whether the authority may be changed here."""
    if not name:
        fields.problem(Code.EMPTY_VALUE, node, path, "a header needs a name")
    elif ascii_lower(name) in _AUTHORITY:
        if not authority:
            message = f"{name!r} can be set in requests only; it can be neither removed nor sent back"
            fields.problem(Code.BAD_HEADER_OPERATION, node, path, message)
    elif name.startswith(":"):
        message = f"of the headers that begin with ':' only ':authority' can be changed, found {name!r}"
        fields.problem(Code.BAD_HEADER_OPERATION, node, path, message)
    elif not is_header_name(name):
        fields.problem(Code.BAD_HEADER_NAME, node, path, f"no header has a name such as {name!r}")


def _check_value(fields: Fields, node: Scalar, path: str) -> None:
    fault = _value_fault(node.text)
    if fault:
        fields.problem(Code.BAD_HEADER_OPERATION, node, path, f"{fault}, found {node.text!r}")


def _value_fault(value: str) -> str:
    """What is wrong with a value: a line in which `%COMMAND%` and `%COMMAND(...)%` are replaced by Envoy."""
    if _CONTROL.search(value):
        return "a header's value has no control characters"
    position = value.find("%")
    while position >= 0:
        command = _COMMAND.match(value, position)
        if command is None and not value.startswith("%%", position):
            return "expected %COMMAND% as Envoy has it, or %% for a percent sign"
        position = value.find("%", command.end() if command else position + 2)
    return ""


def check_line(fields: Fields, node: Node | None, path: str, text: str) -> None:
    """A text that Envoy puts into a header as it is: a path, an authority."""
    if node is not None and _CONTROL.search(text):
        fields.problem(
            Code.BAD_HEADER_OPERATION, node, path, f"there can be no control characters here, found {text!r}"
        )


def check_authority(fields: Fields, root: Mapping, path: str, rewrite: Rewrite | None, headers: Headers | None) -> None:
    """The authority is set in one place: by `rewrite`, or by one entry of `set` or `add`."""
    request = headers.request if headers else HeaderOperations()
    places = ["rewrite.authority"] if rewrite and rewrite.authority else []
    for key, values in (("set", request.set), ("add", request.add)):
        places += [
            f"headers.request.{key}[{name}]" for name, value in values if ascii_lower(name) in _AUTHORITY and value
        ]
    if len(places) > 1:
        message = f"the authority is set in one place; found {' and '.join(places)}"
        fields.problem(Code.CONFLICTING_FIELDS, root, path, message)
