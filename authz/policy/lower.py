"""Rules -> tests on facts: the meaning of every field and value form, in one place.

Source: istio/istio pilot/pkg/security/authz/model/generator.go, principal.go, model.go; matcher/string.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from authz.model.address import Cidr
from authz.model.decision import RuleRef
from authz.model.rule import (
    HTTP_ONLY,
    Action,
    Attribute,
    AttributeKind,
    MetadataValue,
    NamespaceGlob,
    Port,
    Principal,
    RequestPrincipal,
    Requirement,
    Rule,
    ServiceAccount,
    TrustDomainGlob,
    Value,
)
from authz.model.rule import Conjunction as WrittenConjunction
from authz.model.settings import BareRequestPrincipals
from authz.model.string_match import Exact, NonEmpty, Prefix, Present, Suffix, parse_string_match
from authz.model.template import UriTemplate
from authz.policy.ir import (
    Account,
    Conjunction,
    DomainGlob,
    Fact,
    FactRef,
    IssuerSubject,
    LoweredRule,
    Matcher,
    Pieces,
    Test,
)
from authz.policy.trust_domain import expand_principal, expand_trust_domain
from authz.resources.authorization_policy import AuthorizationPolicy

_SCHEME = "spiffe://"

_NAMES, _IDS = FactRef(Fact.PEER_NAMES), FactRef(Fact.PEER_SPIFFE_IDS)
_NAMESPACES, _DOMAINS = FactRef(Fact.PEER_NAMESPACES), FactRef(Fact.PEER_TRUST_DOMAINS)
_ACCOUNTS = FactRef(Fact.PEER_SERVICE_ACCOUNTS)
_REQUEST_PRINCIPALS = FactRef(Fact.REQUEST_PRINCIPALS)

_FACTS = {
    AttributeKind.SOURCE_IP: Fact.SOURCE_IP,
    AttributeKind.REMOTE_IP: Fact.REMOTE_IP,
    AttributeKind.DESTINATION_IP: Fact.DESTINATION_IP,
    AttributeKind.DESTINATION_PORT: Fact.DESTINATION_PORT,
    AttributeKind.SNI: Fact.SNI,
    AttributeKind.HOST: Fact.HOST,
    AttributeKind.METHOD: Fact.METHOD,
    AttributeKind.PATH: Fact.PATH,
    AttributeKind.CLAIM: Fact.CLAIM,
    AttributeKind.HEADER: Fact.HEADER,
}


@dataclass(frozen=True, slots=True)
class Lowering:
    """What the meaning of a policy depends on beside its text. `tcp`: for connections that are not HTTP."""

    trust_domains: tuple[str, ...]
    bare_request_principals: BareRequestPrincipals
    tcp: bool = False


def lower_policy(policy: AuthorizationPolicy, lowering: Lowering) -> tuple[LoweredRule, ...]:
    """The rules of a policy that can match at all, in their order."""
    lowered = (_lower_rule(policy, rule, lowering) for rule in policy.rules)
    return tuple(rule for rule in lowered if rule is not None)


def rule_id(policy: AuthorizationPolicy, index: int) -> str:
    """What Envoy reports for a rule. That of a CUSTOM policy names its provider, which ext_authz looks for."""
    plain = f"ns[{policy.namespace}]-policy[{policy.name}]-rule[{index}]"
    if policy.action is not Action.CUSTOM:
        return plain
    return f"istio-ext-authz-{policy.provider}-{plain}"


def _lower_rule(policy: AuthorizationPolicy, rule: Rule, lowering: Lowering) -> LoweredRule | None:
    """None: an ALLOW rule that names an HTTP field matches no TCP connection, whatever else it says."""
    alternatives = (*rule.sources, *rule.operations, rule.conditions)
    if (
        lowering.tcp
        and policy.action is Action.ALLOW
        and any(requirement.attribute.kind in HTTP_ONLY for written in alternatives for requirement in written)
    ):
        return None
    return LoweredRule(
        ref=RuleRef(rule_id(policy, rule.index), policy.namespace, policy.name, rule.index, policy.action, rule.where),
        sources=tuple([_lower_all(source, policy.namespace, lowering) for source in rule.sources]),
        operations=tuple([_lower_all(operation, policy.namespace, lowering) for operation in rule.operations]),
        conditions=_lower_all(rule.conditions, policy.namespace, lowering),
    )


def _lower_all(written: WrittenConjunction, namespace: str, lowering: Lowering) -> Conjunction:
    """On TCP the HTTP fields of DENY, AUDIT and CUSTOM rules disappear: what is left decides, if only "anything"."""
    return tuple(
        [
            _lower_requirement(requirement, namespace, lowering)
            for requirement in written
            if not (lowering.tcp and requirement.attribute.kind in HTTP_ONLY)
        ]
    )


def _lower_requirement(requirement: Requirement, namespace: str, lowering: Lowering) -> Test:
    matchers: list[Matcher] = []
    for value in requirement.values:
        matchers.extend(_lower_value(value, requirement.attribute, namespace, lowering))
    return Test(tuple(dict.fromkeys(matchers)), requirement.negated, requirement)


def _lower_value(value: Value, attribute: Attribute, namespace: str, lowering: Lowering) -> Iterable[Matcher]:
    match value:
        case Principal(text):
            return [_principal(one) for one in expand_principal(text, lowering.trust_domains)]
        case NamespaceGlob(text):
            return [_namespace(text)]
        case ServiceAccount(of, name):
            return [Matcher(_ACCOUNTS, Account(namespace if of is None else of, name))]
        case TrustDomainGlob(text):
            return [_trust_domain(one) for one in expand_trust_domain(text, lowering.trust_domains)]
        case RequestPrincipal(text):
            return [Matcher(_REQUEST_PRINCIPALS, _request_principal(text, lowering.bare_request_principals))]
        case MetadataValue(form, in_list):
            fact = Fact.METADATA_ELEMENTS if in_list else Fact.METADATA_STRINGS
            return [Matcher(FactRef(fact, attribute.name), form)]
        case Exact() | Prefix() | Suffix() | NonEmpty() | Present() | Cidr() | Port() | UriTemplate():
            return [Matcher(FactRef(_FACTS[attribute.kind], attribute.name), value)]
    assert_never(value)


def _principal(text: str) -> Matcher:
    """A lone `*` accepts any name, SPIFFE or not; every other form is about what follows `spiffe://`."""
    form = parse_string_match(text)
    return Matcher(_NAMES if isinstance(form, NonEmpty) else _IDS, form)


def _namespace(text: str) -> Matcher:
    if "*" not in text and "/" not in text:
        return Matcher(_NAMESPACES, Exact(text))
    return Matcher(_NAMES, Pieces(tuple(filter(None, f"/ns/{text}/".split("*")))))


def _trust_domain(text: str) -> Matcher:
    """A lone `*` needs a SPIFFE id, but not that anything follows the domain."""
    if text == "*":
        return Matcher(_NAMES, Prefix(_SCHEME))
    if "/" not in text:
        return Matcher(_DOMAINS, parse_string_match(text))
    if "*" not in text:
        return Matcher(_NAMES, Prefix(f"{_SCHEME}{text}/"))
    start, _, end = text.partition("*")
    return Matcher(_NAMES, DomainGlob(start, end))


def _request_principal(text: str, bare: BareRequestPrincipals) -> IssuerSubject:
    """Split at the last slash, as Istio does; issuer and subject are then compared apart."""
    issuer, slash, subject = text.rpartition("/")
    if text == "*":
        return IssuerSubject(NonEmpty(), NonEmpty())
    if not slash:
        if text.startswith("*"):
            return IssuerSubject(NonEmpty(), Suffix(text[1:]))
        if text.endswith("*"):
            return IssuerSubject(Prefix(text[:-1]), NonEmpty())
        if bare is BareRequestPrincipals.SUBJECT:
            return IssuerSubject(NonEmpty(), Exact(text))
        return IssuerSubject(Exact(text), Exact(""))
    if text.startswith("*"):
        return IssuerSubject(NonEmpty() if issuer == "*" else Suffix(issuer[1:]), Exact(subject))
    if text.endswith("*"):
        return IssuerSubject(Exact(issuer), NonEmpty() if subject == "*" else Prefix(subject[:-1]))
    return IssuerSubject(Exact(issuer), Exact(subject))
