"""Rules as tests on facts: what remains when all of Istio's names and forms are resolved."""

from dataclasses import dataclass
from enum import Enum

from authz.model.address import Cidr
from authz.model.decision import RuleRef
from authz.model.rule import Port, Requirement
from authz.model.string_match import StringMatch
from authz.model.template import UriTemplate


class Fact(Enum):
    """A fact of `authz.model.facts.Facts`, by the name it has there."""

    PEER_NAMES = "peer_names"
    PEER_SPIFFE_IDS = "peer_spiffe_ids"
    PEER_NAMESPACES = "peer_namespaces"
    PEER_SERVICE_ACCOUNTS = "peer_service_accounts"
    PEER_TRUST_DOMAINS = "peer_trust_domains"
    REQUEST_PRINCIPALS = "request_principals"
    CLAIM = "claim"
    METADATA_STRINGS = "metadata_strings"
    METADATA_ELEMENTS = "metadata_elements"
    HEADER = "header"
    HOST = "host"
    METHOD = "method"
    PATH = "path"
    SNI = "sni"
    SOURCE_IP = "source_ip"
    REMOTE_IP = "remote_ip"
    DESTINATION_IP = "destination_ip"
    DESTINATION_PORT = "destination_port"


@dataclass(frozen=True, slots=True)
class FactRef:
    """A fact; `name` where it takes one: a header, the path of a claim, namespace and key of metadata."""

    fact: Fact
    name: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A service account in a namespace."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Pieces:
    """Texts that stand in this order, anything before, between and behind them: a namespace with `*` in it."""

    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DomainGlob:
    """`spiffe://`, `start`, anything but a slash, `end`, a slash: a trust domain whose value has a slash itself."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class IssuerSubject:
    """Both parts of a request principal."""

    issuer: StringMatch
    subject: StringMatch


Form = StringMatch | Account | Pieces | DomainGlob | IssuerSubject | Cidr | Port | UriTemplate


@dataclass(frozen=True, slots=True)
class Matcher:
    """Some value of the fact has the form."""

    fact: FactRef
    form: Form


@dataclass(frozen=True, slots=True)
class Test:
    """Any of the matchers holds; `negated`: none does. There is at least one. `origin` is what the author wrote."""

    matchers: tuple[Matcher, ...]
    negated: bool
    origin: Requirement


Conjunction = tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class LoweredRule:
    """One of the sources, one of the operations and all conditions hold. An empty tuple of alternatives: anything."""

    ref: RuleRef
    sources: tuple[Conjunction, ...]
    operations: tuple[Conjunction, ...]
    conditions: Conjunction
