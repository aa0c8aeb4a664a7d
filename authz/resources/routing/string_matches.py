"""Texts, headers, query parameters and claims that a route matches: documents -> records, or problems.

Source: istio/istio pkg/config/validation/virtualservice.go, validateHTTPRouteMatchRequest; pkg/jwt/routing.go.
"""

from authz.model.header_names import is_header_name
from authz.model.problem import Code
from authz.model.routing.matching import ClaimMatch, Exact, NamedMatch, Prefix, Present, Regex, StringMatch
from authz.model.string_match import ascii_lower
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Scalar, scalar_type
from authz.resources.routing.regex import check_regex

_KINDS = ("exact", "prefix", "regex")
_PSEUDO_HEADERS = frozenset({":method", ":scheme", ":authority", ":path", ":status"})
_MAX_PARAMETER_BYTES = 1024  # Envoy: QueryParameterMatcher.name
_CLAIMS = "@request.auth.claims"


def read_string_match(
    fields: Fields, node: Node | None, path: str, *, empty_prefix: bool = False
) -> StringMatch | None:
    """`exact`, `prefix` or `regex`; `{}` is `Present`. None: it is absent, or after a problem."""
    root = fields.mapping(node, path, _KINDS)
    if root is None:
        return None
    given = [key for key in _KINDS if key in root.entries]
    if len(given) > 1:
        message = f"a text is matched in one way; found {' and '.join(given)}"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[given[-1]][0], path, message)
        return None
    return (
        _string_match(fields, root, f"{path}.{given[0]}", given[0], empty_prefix=empty_prefix) if given else Present()
    )


def _string_match(fields: Fields, root: Mapping, path: str, key: str, *, empty_prefix: bool) -> StringMatch | None:
    node = root.get(key)
    text = fields.string(node, path)
    if text is None or node is None:
        return None
    if not text and (key == "regex" or (key == "prefix" and not empty_prefix)):
        fields.problem(Code.EMPTY_VALUE, node, path, "an empty value is not allowed; `{}` is any value")
        return None
    match key:
        case "exact":
            return Exact(text)
        case "prefix":
            return Prefix(text)
        case _:
            return Regex(text) if is_regex(fields, node, path, text) else None


def is_regex(fields: Fields, node: Node, path: str, text: str) -> bool:
    """Whether Envoy takes an expression; if not there is a problem."""
    try:
        check_regex(text)
    except ValueError as error:
        hint = "; for any value write `{}`" if text == "*" else ""
        fields.problem(Code.BAD_REGEX, node, path, f"{text[:80]!r} is no expression of RE2: {error}{hint}")
        return False
    return True


def read_query_matches(fields: Fields, node: Node | None, path: str) -> tuple[NamedMatch, ...]:
    """Query parameters, sorted by name."""
    found = []
    for name, place, value, item_path in _entries(fields, node, path):
        match = read_string_match(fields, value, item_path)
        if len(name.encode("utf-8", "surrogatepass")) > _MAX_PARAMETER_BYTES:
            message = f"the name of a query parameter has at most {_MAX_PARAMETER_BYTES} bytes"
            fields.problem(Code.TOO_LARGE, place, path, message)
        elif match is not None:
            found.append(NamedMatch(name, match))
    return tuple(sorted(found, key=lambda one: one.name))


def read_header_matches(
    fields: Fields, node: Node | None, path: str, *, absent: bool = False
) -> tuple[tuple[NamedMatch, ...], tuple[ClaimMatch, ...]]:
    """Headers, and the claims that are written among them; each sorted by name.

    `absent`: it is `withoutHeaders`, where null and `regex: "*"`, which is no expression of RE2, are any value too.
    """
    headers: list[NamedMatch] = []
    claims: list[ClaimMatch] = []
    for name, place, value, item_path in _entries(fields, node, path):
        is_any = absent and _is_any(value)
        match = Present() if is_any else read_string_match(fields, value, item_path)
        if match is None:
            continue
        claim = claim_path(name)
        if claim is not None:
            claims.append(ClaimMatch(claim, match))
        elif name in _PSEUDO_HEADERS or is_header_name(name):
            headers.append(NamedMatch(ascii_lower(name), match))
        else:
            message = f"no header has a name such as {name!r}, and claims are {_CLAIMS}.A.B or {_CLAIMS}[A][B]"
            fields.problem(Code.BAD_HEADER_NAME, place, item_path, message)
    return tuple(sorted(headers, key=lambda one: one.name)), tuple(sorted(claims, key=lambda one: one.path))


def _entries(fields: Fields, node: Node | None, path: str) -> list[tuple[str, Scalar, Node, str]]:
    """Name, its place, value and path of each entry; names are the author's own."""
    if node is None:
        return []
    if type(node) is not Mapping:
        fields.wrong_type(node, path, "a mapping")
        return []
    found = []
    for name, (place, value) in node.entries.items():
        if not name:
            fields.problem(Code.EMPTY_VALUE, place, path, "a name must not be empty")
        else:
            found.append((name, place, value, f"{path}[{name}]"))
    return found


def _is_any(node: Node) -> bool:
    if type(node) is Scalar:
        return node.plain and scalar_type(node) == "null"
    regex = node.get("regex") if type(node) is Mapping and len(node.entries) == 1 else None
    return type(regex) is Scalar and regex.text == "*"


def claim_path(name: str) -> tuple[str, ...] | None:
    """The claim that a header's name stands for, outermost first: `@request.auth.claims.a.b` or `...[a][b]`."""
    if not ascii_lower(name).startswith(_CLAIMS):
        return None
    rest = name[len(_CLAIMS) :]
    if rest.startswith("."):
        names = rest[1:].split(".")
    elif rest.startswith("[") and rest.endswith("]"):
        names = rest[1:-1].split("][")
    else:
        return None
    return tuple(names) if all(names) else None
