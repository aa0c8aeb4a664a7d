"""Single values of a policy: text -> type, or what is wrong with it. One function a field; `when` keys share them."""

from collections.abc import Callable
from dataclasses import dataclass

from authz.model.address import Cidr, parse_cidr
from authz.model.problem import Code
from authz.model.rule import (
    Attribute,
    AttributeKind,
    MetadataValue,
    NamespaceGlob,
    Port,
    Principal,
    RequestPrincipal,
    ServiceAccount,
    TrustDomainGlob,
    Value,
)
from authz.model.string_match import Present, StringMatch, ascii_lower, parse_string_match
from authz.model.template import UriTemplate, check_path_braces, is_template, parse_template

_MAX_PORT = 65535
_MAX_SERVICE_ACCOUNT = 320


class ValueProblem(Exception):  # noqa: N818 - it becomes a Problem
    """A value that cannot be read; its text says what was found and expected."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_general(text: str) -> StringMatch:
    """`abc`, `abc*`, `*abc`, or `*` for anything that is not empty."""
    return parse_string_match(text)


def read_principal(text: str) -> Principal:
    """A peer's name without `spiffe://`; its trust domain may yet be rewritten by the mesh's aliases."""
    return Principal(text)


def read_request_principal(text: str) -> RequestPrincipal:
    """`ISSUER/SUBJECT` in any of its forms; all texts are legal."""
    return RequestPrincipal(text)


def read_namespace(text: str) -> NamespaceGlob:
    """A namespace, `*` anywhere; all texts are legal."""
    return NamespaceGlob(text)


def read_service_account(text: str) -> ServiceAccount:
    """`ACCOUNT` or `NAMESPACE/ACCOUNT`, no wildcard."""
    parts = text.split("/")
    if len(text) > _MAX_SERVICE_ACCOUNT:
        raise ValueProblem(Code.BAD_SERVICE_ACCOUNT, f"longer than {_MAX_SERVICE_ACCOUNT} characters")
    if "*" in text or len(parts) > 2 or not all(parts):  # noqa: PLR2004 - namespace and name
        message = f"expected ACCOUNT or NAMESPACE/ACCOUNT without `*`, found {text!r}"
        raise ValueProblem(Code.BAD_SERVICE_ACCOUNT, message)
    return ServiceAccount(parts[0] if len(parts) > 1 else None, parts[-1])


def read_trust_domain(text: str) -> TrustDomainGlob:
    """A trust domain in a source: at most one `*`, at an end, and no slash."""
    if "/" in text:
        raise ValueProblem(Code.BAD_TRUST_DOMAIN, f"a trust domain has no '/', found {text!r}")
    return read_trust_domain_key(text)


def read_trust_domain_key(text: str) -> TrustDomainGlob:
    """A trust domain under `source.trustDomain`, where Istio does not look for slashes."""
    if text.count("*") > 1 or "*" in text[1:-1]:
        raise ValueProblem(Code.BAD_TRUST_DOMAIN, f"one `*` may stand at the beginning or the end, found {text!r}")
    return TrustDomainGlob(text)


def read_cidr(text: str) -> Cidr:
    """An address or a block. Host bits are legal and masked; netmasks and leading zeros are not."""
    try:
        return parse_cidr(text)
    except ValueError as error:
        message = f"{text!r} is not an address or a block such as 10.0.0.0/8: {error}"
        raise ValueProblem(Code.BAD_CIDR, message) from None


def read_host(text: str) -> StringMatch:
    """Hosts are compared in lower case; `*` is any host."""
    return parse_string_match(ascii_lower(text), Present())


def read_method(text: str) -> StringMatch:
    """Methods are compared as they are; `*` is any method."""
    return parse_string_match(text, Present())


def read_header_value(text: str) -> StringMatch:
    """For headers `*` is presence: an empty value counts."""
    return parse_string_match(text, Present())


def read_path(text: str) -> StringMatch | UriTemplate:
    """A path in the general form, or a URI template."""
    if not is_template(text):
        problem = check_path_braces(text)
        if problem:
            raise ValueProblem(Code.BAD_TEMPLATE, f"{problem}, found {text!r}")
        return parse_string_match(text)
    try:
        return parse_template(text)
    except ValueError as error:
        raise ValueProblem(Code.BAD_TEMPLATE, f"{text!r}: {error}") from None


def read_port(text: str) -> Port:
    """A decimal port; leading zeros are legal, ranges and `*` are not."""
    digits = text.lstrip("0") or "0"
    if text.isascii() and text.isdigit() and len(digits) <= len(str(_MAX_PORT)) and int(digits) <= _MAX_PORT:
        return Port(int(digits))
    raise ValueProblem(Code.BAD_PORT, f"expected a port from 0 to {_MAX_PORT}, found {text!r}")


def read_metadata_value(text: str) -> MetadataValue:
    """`[v]` looks into a list, anything else at a string."""
    if text.startswith("[") and text.endswith("]"):
        return MetadataValue(parse_string_match(text.strip("[]")), in_list=True)
    return MetadataValue(parse_string_match(text), in_list=False)


@dataclass(frozen=True, slots=True)
class ConditionKey:
    """A `when` key: the attribute, and how its values are read."""

    attribute: Attribute
    read: Callable[[str], Value]


_PLAIN_KEYS = {
    "source.ip": ConditionKey(Attribute(AttributeKind.SOURCE_IP), read_cidr),
    "remote.ip": ConditionKey(Attribute(AttributeKind.REMOTE_IP), read_cidr),
    "source.namespace": ConditionKey(Attribute(AttributeKind.SOURCE_NAMESPACE), read_namespace),
    "source.principal": ConditionKey(Attribute(AttributeKind.SOURCE_PRINCIPAL), read_principal),
    "source.serviceAccount": ConditionKey(Attribute(AttributeKind.SOURCE_SERVICE_ACCOUNT), read_service_account),
    "source.trustDomain": ConditionKey(Attribute(AttributeKind.SOURCE_TRUST_DOMAIN), read_trust_domain_key),
    "request.auth.principal": ConditionKey(Attribute(AttributeKind.REQUEST_PRINCIPAL), read_request_principal),
    "request.auth.audiences": ConditionKey(Attribute(AttributeKind.CLAIM, ("aud",)), read_general),
    "request.auth.presenter": ConditionKey(Attribute(AttributeKind.CLAIM, ("azp",)), read_general),
    "destination.ip": ConditionKey(Attribute(AttributeKind.DESTINATION_IP), read_cidr),
    "destination.port": ConditionKey(Attribute(AttributeKind.DESTINATION_PORT), read_port),
    "connection.sni": ConditionKey(Attribute(AttributeKind.SNI), read_general),
}
_HEADERS, _CLAIMS, _EXPERIMENTAL = "request.headers", "request.auth.claims", "experimental."
_BRACKET_FORMS = {
    _HEADERS: f"{_HEADERS}[NAME]",
    _CLAIMS: f"{_CLAIMS}[NAME]",
    _EXPERIMENTAL: "experimental.envoy.filters.NAME[KEY]",
}


def read_condition_key(text: str) -> ConditionKey:
    """A `when` key. Raises ValueProblem for a key that Istio does not know."""
    plain = _PLAIN_KEYS.get(text)
    if plain:
        return plain
    if text.startswith(tuple(_BRACKET_FORMS)):
        return _bracket_key(text)
    known = ", ".join([*_PLAIN_KEYS, *_BRACKET_FORMS.values()])
    raise ValueProblem(Code.BAD_CONDITION_KEY, f"unknown key {text!r}; expected one of {known}")


def _bracket_key(text: str) -> ConditionKey:
    before, bracket, inner = text.partition("[")
    if not bracket or not inner.endswith("]") or inner == "]":
        message = f"expected a name in brackets, such as {before}[NAME], found {text!r}"
        raise ValueProblem(Code.BAD_CONDITION_KEY, message)
    inner = inner[:-1]
    if before == _HEADERS:
        return ConditionKey(Attribute(AttributeKind.HEADER, (ascii_lower(inner),)), read_header_value)
    if before == _CLAIMS:
        return ConditionKey(Attribute(AttributeKind.CLAIM, claim_path(inner)), read_general)
    if before.startswith("experimental.envoy.filters."):
        namespace = before.removeprefix(_EXPERIMENTAL)
        return ConditionKey(Attribute(AttributeKind.METADATA, (namespace, inner)), read_metadata_value)
    meant = next(form for start, form in _BRACKET_FORMS.items() if text.startswith(start))
    raise ValueProblem(Code.BAD_CONDITION_KEY, f"unknown key {text!r}; did you mean {meant}?")


def claim_path(inner: str) -> tuple[str, ...]:
    """The inner text of `claims[a][b]`, which is `a][b`, as a path; brackets that do not nest cleanly are one name."""
    names = inner.split("][")
    if any("[" in name or "]" in name or not name for name in names):
        return (inner,)
    return tuple(names)
