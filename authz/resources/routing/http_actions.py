"""Where the requests of an HTTP route go: documents -> records, or problems.

Source: istio/istio pkg/config/validation/validation.go, validateHTTPRedirect, validateHTTPDirectResponse,
validateHTTPRewrite. Stricter than Istio: codes of redirects that Envoy does not have, the status 600, and a rewrite by
groups that the expression does not have.
"""

import base64
import binascii
import re

from authz.model.problem import Code
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.http_route import (
    Delegate,
    DerivedPort,
    DirectResponse,
    HttpDestination,
    Redirect,
    RegexRewrite,
    Rewrite,
    RouteTo,
)
from authz.model.routing.matching import Prefix
from authz.model.workload import is_namespace
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.destination import check_weights, read_weight, required_destination
from authz.resources.routing.header_operations import check_line, read_headers
from authz.resources.routing.regex import check_regex
from authz.resources.routing.string_matches import is_regex
from authz.resources.routing.values import read_port, warn

_REDIRECT_FIELDS = frozenset({"uri", "prefixRewrite", "authority", "scheme", "port", "derivePort", "redirectCode"})
_REDIRECT_CODES = frozenset({301, 302, 303, 307, 308})
_LOWEST_STATUS, _HIGHEST_STATUS = 200, 600
_MAX_BODY_BYTES = 1024 * 1024
_LARGE_BODY_BYTES = 100 * 1024
_GROUP = re.compile(r"\\(.?)", re.DOTALL)


def read_route_to(fields: Fields, node: Node, path: str, namespace: str) -> RouteTo:
    """The destinations of `route`."""
    found = []
    for item_path, item in fields.items(node, path):
        root = fields.mapping(item, item_path, ("destination", "weight", "headers"))
        if root is not None:
            destination = required_destination(fields, root, item_path, namespace)
            headers = read_headers(fields, root.get("headers"), f"{item_path}.headers")
            found.append(HttpDestination(destination, read_weight(fields, root, item_path), headers))
    check_weights(fields, node, path, [one.weight for one in found])
    return RouteTo(tuple(found))


def read_redirect(fields: Fields, node: Node, path: str, matches: tuple[HttpMatch, ...]) -> Redirect:
    """`redirect` of a route with certain matches."""
    root = fields.mapping(node, path, _REDIRECT_FIELDS)
    if root is None:
        return Redirect()
    texts = {key: _line(fields, root, path, key) for key in ("uri", "prefixRewrite", "authority")}
    scheme = fields.string(root.get("scheme"), f"{path}.scheme") or ""
    if scheme:
        fields.one_of(root.get("scheme"), f"{path}.scheme", ("http", "https"))
    port = _redirect_port(fields, root, path)
    if port is None and not scheme and not any(texts.values()):
        fields.problem(Code.EMPTY_BLOCK, root, path, "expected uri, prefixRewrite, authority, scheme or port")
    if texts["uri"] and texts["prefixRewrite"]:
        message = "a path is replaced, or its beginning; found uri and prefixRewrite"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["prefixRewrite"][0], f"{path}.prefixRewrite", message)
    if texts["prefixRewrite"] and not all(match.uri is None or isinstance(match.uri, Prefix) for match in matches):
        message = "there is no prefix to be rewritten: every match on uri has to be one of prefix"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["prefixRewrite"][0], f"{path}.prefixRewrite", message)
    code = _redirect_code(fields, root.get("redirectCode"), f"{path}.redirectCode")
    return Redirect(texts["uri"], texts["prefixRewrite"], texts["authority"], scheme, port, code)


def _line(fields: Fields, root: Mapping, path: str, key: str) -> str:
    text = fields.string(root.get(key), f"{path}.{key}") or ""
    check_line(fields, root.get(key), f"{path}.{key}", text)
    return text


def _redirect_port(fields: Fields, root: Mapping, path: str) -> int | DerivedPort | None:
    if "port" in root.entries and "derivePort" in root.entries:
        message = "the port is said, or derived; found port and derivePort"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["derivePort"][0], f"{path}.derivePort", message)
    port = read_port(fields, root.get("port"), f"{path}.port")
    words = {one.value: one for one in DerivedPort}
    word = fields.one_of(root.get("derivePort"), f"{path}.derivePort", words)
    return port if word is None else words.get(word)


def _redirect_code(fields: Fields, node: Node | None, path: str) -> int:
    """The code, 301 where it is absent or 0."""
    code = fields.integer(node, path, 0, 399)
    if not code or node is None:
        return 301
    if code < 300:  # noqa: PLR2004 - 3xx
        fields.problem(Code.NOT_ONE_OF, node, path, f"a redirect has a code of 3xx, found {code}")
    elif code not in _REDIRECT_CODES:
        message = f"Envoy redirects with one of {', '.join(map(str, sorted(_REDIRECT_CODES)))}, found {code}"
        fields.problem(Code.NOT_SERVED, node, path, message)
    return code


def read_status(fields: Fields, node: Node | None, path: str) -> int:
    """An HTTP status that Envoy can answer with."""
    status = fields.integer(node, path, _LOWEST_STATUS, _HIGHEST_STATUS)
    if status == _HIGHEST_STATUS and node is not None:
        message = f"Envoy answers with a status from {_LOWEST_STATUS} to {_HIGHEST_STATUS - 1}, found {status}"
        fields.problem(Code.NOT_SERVED, node, path, message)
    return status or _LOWEST_STATUS


def read_direct_response(fields: Fields, node: Node, path: str) -> DirectResponse:
    """`directResponse`: a status and maybe a body."""
    root = fields.mapping(node, path, ("status", "body"))
    if root is None:
        return DirectResponse(_LOWEST_STATUS)
    if root.get("status") is None:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.status", "an answer needs a status")
    status = read_status(fields, root.get("status"), f"{path}.status")
    body = _body(fields, root.get("body"), f"{path}.body")
    if len(body) > _MAX_BODY_BYTES:
        message = f"a body has at most {_MAX_BODY_BYTES} bytes, found {len(body)}"
        fields.problem(Code.TOO_LARGE, root, f"{path}.body", message)
    elif len(body) > _LARGE_BODY_BYTES:
        message = f"{len(body)} bytes go to every proxy with every change; serve them from a workload"
        warn(fields, Code.LARGE_RESPONSE, root, f"{path}.body", message)
    return DirectResponse(status, body)


def _body(fields: Fields, node: Node | None, path: str) -> bytes:
    root = fields.mapping(node, path, ("string", "bytes"))
    if root is None:
        return b""
    if len(root.entries) > 1:
        fields.problem(Code.CONFLICTING_FIELDS, root, path, "a body is written once; found string and bytes")
    encoded = root.get("bytes")
    text = fields.string(encoded, f"{path}.bytes")
    if text is None or encoded is None:
        return (fields.string(root.get("string"), f"{path}.string") or "").encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        fields.wrong_type(encoded, f"{path}.bytes", "Base64")
        return b""


def read_delegate(fields: Fields, root: Mapping, path: str, namespace: str) -> Delegate:
    """`delegate` of an entry in a VirtualService of `namespace`, and what its routes may answer instead."""
    answer = root.get("directResponse")
    response = read_direct_response(fields, answer, f"{path}.directResponse") if answer is not None else None
    path = f"{path}.delegate"
    named = fields.mapping(root.get("delegate"), path, ("name", "namespace"))
    if named is None:
        return Delegate(namespace, "", response)
    if not fields.string(named.get("name"), f"{path}.name"):
        fields.problem(Code.MISSING_FIELD, named, f"{path}.name", "which VirtualService has the routes?")
    texts = {}
    for key in ("name", "namespace"):
        node = named.get(key)
        texts[key] = fields.string(node, f"{path}.{key}") or ""
        if texts[key] and node is not None and not is_namespace(texts[key]):
            message = f"expected lower-case letters, digits, '-' and '.', found {texts[key]!r}"
            fields.problem(Code.BAD_NAME, node, f"{path}.{key}", message)
    return Delegate(texts["namespace"] or namespace, texts["name"], response)


def read_rewrite(fields: Fields, node: Node | None, path: str) -> Rewrite | None:
    """`rewrite`; None where nothing is said."""
    root = fields.mapping(node, path, ("uri", "authority", "uriRegexRewrite"))
    if root is None:
        return None
    uri, authority = _line(fields, root, path, "uri"), _line(fields, root, path, "authority")
    regex = root.get("uriRegexRewrite")
    if uri and regex is not None:
        message = "a path is rewritten in one way; found uri and uriRegexRewrite"
        place = root.entries["uriRegexRewrite"][0]
        fields.problem(Code.CONFLICTING_FIELDS, place, f"{path}.uriRegexRewrite", message)
    if not uri and not authority and regex is None:
        fields.problem(Code.EMPTY_BLOCK, root, path, "expected uri, uriRegexRewrite or authority")
    return Rewrite(uri, authority, _regex_rewrite(fields, regex, f"{path}.uriRegexRewrite"))


def _regex_rewrite(fields: Fields, node: Node | None, path: str) -> RegexRewrite | None:
    root = fields.mapping(node, path, ("match", "rewrite"))
    if root is None:
        return None
    match, rewrite = fields.string(root.get("match"), f"{path}.match"), _line(fields, root, path, "rewrite")
    if not match or not rewrite:
        fields.problem(Code.MISSING_FIELD, root, path, "a rewrite needs both: match and rewrite")
        return None
    match_node, rewrite_node = root.get("match") or root, root.get("rewrite") or root
    if not is_regex(fields, match_node, f"{path}.match", match):
        return None
    known = {"\\", *map(str, range(min(check_regex(match).groups, 9) + 1))}
    strange = [found for found in _GROUP.findall(rewrite) if found not in known]
    if strange:
        message = (
            f"a backslash stands before another one, or before the number of a group of match; found \\{strange[0]}"
        )
        fields.problem(Code.BAD_REGEX, rewrite_node, f"{path}.rewrite", message)
    return RegexRewrite(match, rewrite)
