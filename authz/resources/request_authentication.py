"""RequestAuthentication: documents -> typed policies, or problems.

Source of every rule here: istio/api security/v1beta1/request_authentication.proto and its CRD; istio/istio
pkg/config/validation/validation.go and pkg/config/security/security.go. Stricter than Istio: a name that no header can
have, and a `jwksUri` without a host, are refused here, where a proxy would refuse its whole configuration, or fail to
fetch for ever. So is a header for claims that says where a request goes or ends: a caller would choose it.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from authz.model.duration import parse_duration
from authz.model.facts import Json
from authz.model.header_names import RESERVED, is_header_name
from authz.model.jwt_rule import DEFAULT_TIMEOUT, ClaimHeader, HeaderLocation, JwtRule
from authz.model.problem import Code
from authz.model.strict_json import parse_json_object
from authz.model.string_match import ascii_lower
from authz.model.where import Where
from authz.model.workload import Labels
from authz.resources.authorization_policy import DRY_RUN
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Scalar, Sequence
from authz.resources.selector import TargetRef, read_attachment

KIND = "RequestAuthentication"

_MAX_RULES = 4096
_MAX_SPACE_DELIMITED = 64
_MAX_URI = 2048
_MAX_JWKS_DEPTH = 16
_MILLISECOND = timedelta(milliseconds=1)
_SPEC_FIELDS = frozenset({"selector", "targetRef", "targetRefs", "jwtRules"})
_RULE_FIELDS = frozenset(
    {
        "audiences",
        "forwardOriginalToken",
        "fromCookies",
        "fromHeaders",
        "fromParams",
        "issuer",
        "jwks",
        "jwksUri",
        "jwks_uri",
        "outputClaimToHeaders",
        "outputPayloadToHeader",
        "presence",
        "spaceDelimitedClaims",
        "timeout",
    }
)
_KEY_FIELDS = ("jwks", "jwksUri", "jwks_uri")
_CLAIM_HEADER = re.compile("[-_A-Za-z0-9]+")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class RequestAuthentication:
    """One policy. Without `jwt_rules` it does nothing; `selector` None and no `target_refs`: its whole namespace."""

    namespace: str
    name: str
    selector: Labels | None
    target_refs: tuple[TargetRef, ...]
    jwt_rules: tuple[JwtRule, ...]
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name


def read_request_authentication(fields: Fields, metadata: Metadata, spec: Node | None) -> RequestAuthentication:
    """The policy that a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    root = fields.mapping(spec, "spec", _SPEC_FIELDS) or Mapping({}, metadata.where.line, metadata.where.column)
    annotation = metadata.annotations.get(DRY_RUN)
    if annotation is not None:
        message = f"only an AuthorizationPolicy can be tried, this is a {KIND}"
        fields.problem(Code.BAD_DRY_RUN, annotation, f"metadata.annotations[{DRY_RUN}]", message)
    selector, target_refs = read_attachment(fields, root)
    selector_node = root.get("selector")
    if selector_node is not None and not selector:
        message = "a selector without labels selects every workload; remove it, or add labels"
        fields.problems.warn(Code.EMPTY_SELECTOR, fields.where(selector_node), "spec.selector", message)
    return RequestAuthentication(
        namespace=metadata.namespace,
        name=metadata.name,
        selector=selector,
        target_refs=target_refs,
        jwt_rules=_rules(fields, root.get("jwtRules")),
        where=metadata.where,
    )


def _rules(fields: Fields, node: Node | None) -> tuple[JwtRule, ...]:
    _check_count(fields, node, "spec.jwtRules", _MAX_RULES)
    return tuple([_rule(fields, item, path) for path, item in fields.items(node, "spec.jwtRules")])


def _check_count(fields: Fields, node: Node | None, path: str, most: int) -> None:
    if type(node) is Sequence and len(node.items) > most:
        fields.problem(Code.TOO_MANY, node, path, f"at most {most} entries, found {len(node.items)}")


def _rule(fields: Fields, node: Node, path: str) -> JwtRule:
    where = fields.where(node)
    root = fields.mapping(node, path, _RULE_FIELDS)
    if root is None:
        return JwtRule("", where)
    _check_sources(fields, root, path)
    _check_count(fields, root.get("spaceDelimitedClaims"), f"{path}.spaceDelimitedClaims", _MAX_SPACE_DELIMITED)
    return JwtRule(
        issuer=_filled(fields, root, "issuer", path),
        where=where,
        audiences=_texts(fields, root, "audiences", path),
        jwks_uri=_jwks_uri(fields, root, path),
        jwks=_jwks(fields, root, path),
        from_headers=_from_headers(fields, root.get("fromHeaders"), f"{path}.fromHeaders"),
        from_params=_texts(fields, root, "fromParams", path),
        from_cookies=_texts(fields, root, "fromCookies", path),
        output_payload_to_header=_output_payload(fields, root.get("outputPayloadToHeader"), path),
        output_claim_to_headers=_output_claims(fields, root.get("outputClaimToHeaders"), path),
        forward_original_token=bool(fields.boolean(root.get("forwardOriginalToken"), f"{path}.forwardOriginalToken")),
        timeout=_timeout(fields, root.get("timeout"), f"{path}.timeout"),
        space_delimited_claims=_texts(fields, root, "spaceDelimitedClaims", path),
        is_required=fields.one_of(root.get("presence"), f"{path}.presence", ("OPTIONAL", "REQUIRED")) == "REQUIRED",
    )


def _check_sources(fields: Fields, root: Mapping, path: str) -> None:
    found = [name for name in _KEY_FIELDS if name in root.entries]
    if len(found) > 1:
        message = f"keys come from one place; found {' and '.join(found)}"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[found[-1]][0], f"{path}.{found[-1]}", message)
    if not {"issuer", "jwksUri", "jwks_uri"} & root.entries.keys():
        message = "whose tokens? write `issuer`, or `jwksUri` for tokens of any issuer; `jwks` alone is not enough"
        fields.problem(Code.NO_ISSUER, root, path, message)


def _filled(fields: Fields, root: Mapping, name: str, path: str) -> str:
    """A text that must not be empty where it stands."""
    node = root.get(name)
    text = fields.string(node, f"{path}.{name}")
    if text == "" and node is not None:
        fields.problem(Code.EMPTY_VALUE, node, f"{path}.{name}", "an empty value is not allowed")
    return text or ""


def _texts(fields: Fields, root: Mapping, name: str, path: str) -> tuple[str, ...]:
    return tuple([text for _, text, _ in fields.strings(root.get(name), f"{path}.{name}")])


def _jwks_uri(fields: Fields, root: Mapping, path: str) -> str:
    name = "jwksUri" if "jwksUri" in root.entries else "jwks_uri"
    text = _filled(fields, root, name, path)
    fault = _uri_fault(text) if text else ""
    if fault:
        message = f"expected http://HOST/PATH or https://HOST/PATH, found {text!r}: {fault}"
        fields.problem(Code.BAD_JWKS_URI, root.get(name) or root, f"{path}.{name}", message)
    return text


def _uri_fault(text: str) -> str:
    if len(text) > _MAX_URI:
        return f"longer than {_MAX_URI} characters"
    if not text.isprintable() or " " in text or _BAD_ESCAPE.search(text):
        return "a blank, a control character or a stray %"
    try:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"}:
            return "another scheme"
        if not parts.hostname or parts.port == 0:
            return "no host, or port 0"
    except ValueError as error:
        return str(error)
    return ""


def _jwks(fields: Fields, root: Mapping, path: str) -> str:
    """Keys are told apart and used elsewhere; here is looked at the form, and at what nobody should publish."""
    node, path = root.get("jwks"), f"{path}.jwks"
    text = fields.string(node, path)
    if not text or node is None:
        return ""
    try:
        found = parse_json_object(text.encode(), _MAX_JWKS_DEPTH)
    except ValueError as error:
        fields.problem(Code.BAD_JWKS, node, path, f"not a JSON Web Key Set: {error}")
        return text
    keys = found.get("keys", [])
    if "keys" in found:
        _check_keys(fields, node, path, keys)
    elif not found or not all(isinstance(pem, str) and "BEGIN CERTIFICATE" in pem for pem in found.values()):
        message = 'not a JSON Web Key Set: expected {"keys": [...]}, or an object from key id to PEM certificate'
        fields.problem(Code.BAD_JWKS, node, path, message)
    return text


def _check_keys(fields: Fields, node: Node, path: str, keys: Json) -> None:
    if not isinstance(keys, list) or not all(isinstance(key, dict) and isinstance(key.get("kty"), str) for key in keys):
        fields.problem(Code.BAD_JWKS, node, path, "not a JSON Web Key Set: `keys` is a list of objects with `kty`")
        return
    if not keys:
        message = "without a key, every token of this issuer is refused; add one"
        fields.problems.warn(Code.NO_KEYS, fields.where(node), path, message)
    secret = [index for index, key in enumerate(keys) if "d" in key or key["kty"] == "oct"]
    if secret:
        message = f"keys[{secret[0]}] is a private or symmetric key: whoever reads this can sign tokens"
        fields.problems.warn(Code.JWKS_NOT_PUBLIC, fields.where(node), path, message)


def _from_headers(fields: Fields, node: Node | None, base: str) -> tuple[HeaderLocation, ...]:
    found = []
    for path, item in fields.items(node, base):
        entry = fields.mapping(item, path, ("name", "prefix"))
        if entry is None:
            continue
        name = _header_name(fields, entry, "name", path)
        found.append(HeaderLocation(name, fields.string(entry.get("prefix"), f"{path}.prefix") or ""))
    return tuple(found)


def _header_name(fields: Fields, entry: Mapping, key: str, path: str) -> str:
    if entry.get(key) is None:
        fields.problem(Code.MISSING_FIELD, entry, f"{path}.{key}", "a header needs a name")
        return ""
    text = _filled(fields, entry, key, path)
    return _checked_name(fields, entry.get(key), f"{path}.{key}", text) if text else ""


def _checked_name(fields: Fields, node: Node | None, path: str, text: str) -> str:
    if node is not None and not is_header_name(text):
        fields.problem(Code.BAD_HEADER_NAME, node, path, f"no header has a name such as {text!r}")
    return ascii_lower(text)


def _output_payload(fields: Fields, node: Node | None, path: str) -> str:
    path = f"{path}.outputPayloadToHeader"
    text = fields.string(node, path)
    if not text or node is None:
        return ""
    name = _checked_name(fields, node, path, text)
    _check_output(fields, node, path, name)
    return name


def _check_output(fields: Fields, node: Node, path: str, name: str) -> None:
    """A header that is taken from every request, and that a token sets."""
    if name in RESERVED:
        message = f"{name} says where a request goes or ends, and is for the proxy alone; name another header"
        fields.problem(Code.BAD_HEADER_NAME, node, path, message)


def _output_claims(fields: Fields, node: Node | None, path: str) -> tuple[ClaimHeader, ...]:
    found = []
    for item_path, item in fields.items(node, f"{path}.outputClaimToHeaders"):
        entry = fields.mapping(item, item_path, ("header", "claim"))
        if entry is None:
            continue
        header = _claim_header(fields, entry, item_path)
        if entry.get("claim") is None:
            fields.problem(Code.MISSING_FIELD, entry, f"{item_path}.claim", "which claim? nested ones as a.b")
        found.append(ClaimHeader(header, _filled(fields, entry, "claim", item_path)))
    return tuple(found)


def _claim_header(fields: Fields, entry: Mapping, path: str) -> str:
    name, node, path = _header_name(fields, entry, "header", path), entry.get("header"), f"{path}.header"
    if node is None or not is_header_name(name):
        return name
    if type(node) is Scalar and not _CLAIM_HEADER.fullmatch(name):
        message = f"expected letters, digits, '-' and '_', found {node.text!r}"
        fields.problem(Code.BAD_HEADER_NAME, node, path, message)
    _check_output(fields, node, path, name)
    return name


def _timeout(fields: Fields, node: Node | None, path: str) -> timedelta:
    text = fields.string(node, path)
    if text is None or node is None:
        return DEFAULT_TIMEOUT
    try:
        timeout = parse_duration(text)
    except ValueError as error:
        fields.problem(Code.BAD_TIMEOUT, node, path, f"{error}, found {text!r}")
        return DEFAULT_TIMEOUT
    if timeout < _MILLISECOND or timeout % _MILLISECOND:
        fields.problem(Code.BAD_TIMEOUT, node, path, f"expected whole milliseconds, 1ms or more, found {text!r}")
    return timeout
