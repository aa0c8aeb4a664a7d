"""What an author wrote in a rule, each text already a type.

A rule holds where one of its sources, one of its operations and all of its conditions hold; a source, an operation is
an AND of requirements. Every field of a source or an operation means the same as the `when` key of its attribute, so
all of them are requirements. Source: istio/api security/v1beta1/authorization_policy.proto.
"""

from dataclasses import dataclass
from enum import Enum

from authz.model.address import Cidr
from authz.model.string_match import StringMatch
from authz.model.template import UriTemplate
from authz.model.where import Where


class AttributeKind(Enum):
    """An attribute of a request, by its `when` key where it has one; the last four need a name beside it."""

    SOURCE_PRINCIPAL = "source.principal"
    SOURCE_NAMESPACE = "source.namespace"
    SOURCE_SERVICE_ACCOUNT = "source.serviceAccount"
    SOURCE_TRUST_DOMAIN = "source.trustDomain"
    SOURCE_IP = "source.ip"
    REMOTE_IP = "remote.ip"
    DESTINATION_IP = "destination.ip"
    DESTINATION_PORT = "destination.port"
    SNI = "connection.sni"
    REQUEST_PRINCIPAL = "request.auth.principal"
    HOST = "host"
    METHOD = "method"
    PATH = "path"
    CLAIM = "request.auth.claims"
    HEADER = "request.headers"
    METADATA = "experimental"


HTTP_ONLY = frozenset(
    {
        AttributeKind.REQUEST_PRINCIPAL,
        AttributeKind.HOST,
        AttributeKind.METHOD,
        AttributeKind.PATH,
        AttributeKind.CLAIM,
        AttributeKind.HEADER,
    }
)
"""Attributes that a plain TCP connection has not. Source: istio authz/model/model.go, checkError."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name`: header name in lower case; path of a claim; namespace and key of dynamic metadata; else empty."""

    kind: AttributeKind
    name: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Principal:
    """A peer's name after `spiffe://`, in the general form; as text, since trust-domain aliases rewrite it."""

    text: str


@dataclass(frozen=True, slots=True)
class NamespaceGlob:
    """A namespace; `*` stands for anything, anywhere, any number of times."""

    text: str


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """`namespace` None: that of the policy."""

    namespace: str | None
    name: str


@dataclass(frozen=True, slots=True)
class TrustDomainGlob:
    """A trust domain, with at most one `*`, at its beginning or end."""

    text: str


@dataclass(frozen=True, slots=True)
class RequestPrincipal:
    """`ISSUER/SUBJECT` in one of its nine forms."""

    text: str


@dataclass(frozen=True, slots=True)
class Port:
    """A destination port, 0 to 65535."""

    number: int


@dataclass(frozen=True, slots=True)
class MetadataValue:
    """A value of dynamic metadata: a string, or with `in_list` an element of a list."""

    match: StringMatch
    in_list: bool


Value = (
    StringMatch
    | Principal
    | NamespaceGlob
    | ServiceAccount
    | TrustDomainGlob
    | RequestPrincipal
    | Cidr
    | Port
    | UriTemplate
    | MetadataValue
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One list of values in a policy: the attribute is one of them or, `negated`, none of them.

    `texts` are the values as written, in the same order. `field` is the path below the rule, such as
    `from[0].source.notPrincipals`. There is always at least one value: an empty list is no requirement.
    """

    attribute: Attribute
    values: tuple[Value, ...]
    texts: tuple[str, ...]
    negated: bool
    field: str
    where: Where


Conjunction = tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """No sources: any source. No operations: any operation. `index` counts from 0 within the policy."""

    index: int
    sources: tuple[Conjunction, ...]
    operations: tuple[Conjunction, ...]
    conditions: Conjunction
    where: Where


class Action(Enum):
    """What a matching rule does."""

    ALLOW = "ALLOW"
    DENY = "DENY"
    AUDIT = "AUDIT"
    CUSTOM = "CUSTOM"
