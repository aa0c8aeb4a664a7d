"""When a rule matches (§1, §4, §8)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.reference import addresses, claims, headers, identity, match, paths
from tests.reference.model import Context, Request

Rule = Mapping[str, Any]
Test = Callable[[str, Request, Context], bool]

FIELDS = {
    "principals": "source.principal",
    "requestPrincipals": "request.auth.principal",
    "namespaces": "source.namespace",
    "serviceAccounts": "source.serviceAccount",
    "trustDomains": "source.trustDomain",
    "ipBlocks": "source.ip",
    "remoteIpBlocks": "remote.ip",
    "ports": "destination.port",
    "hosts": "hosts",
    "methods": "methods",
    "paths": "paths",
}
"""§1: a field of source or operation has the matcher of the `when` key of its attribute; the last three have no key."""

TESTS: Mapping[str, Test] = {
    "source.principal": lambda v, r, c: identity.principal_matches(v, r.peer_names, c.trust_domains),
    "source.namespace": lambda v, r, _: identity.namespace_matches(v, r.peer_names),
    "source.serviceAccount": lambda v, r, c: identity.service_account_matches(v, r.peer_names, c.policy_namespace),
    "source.trustDomain": lambda v, r, c: identity.trust_domain_matches(v, r.peer_names, c.trust_domains),
    "source.ip": lambda v, r, _: addresses.block_matches(v, r.source_ip),
    "remote.ip": lambda v, r, c: addresses.block_matches(v, headers.remote_ip(r, c.trusted_proxies)),
    "destination.ip": lambda v, r, _: addresses.block_matches(v, r.destination_ip),
    "destination.port": lambda v, r, _: int(v) == r.destination_port,
    "connection.sni": lambda v, r, _: match.string_matches(v, match.ascii_lower(r.sni)),
    "request.auth.principal": lambda v, r, c: claims.request_principal_matches(v, r.claims, c.bare_request_principals),
    "request.auth.audiences": lambda v, r, _: claims.claim_matches(v, r.claims, ["aud"]),
    "request.auth.presenter": lambda v, r, _: claims.claim_matches(v, r.claims, ["azp"]),
    "hosts": lambda v, r, _: match.present_or_string_matches(match.ascii_lower(v), match.ascii_lower(r.host)),
    "methods": lambda v, r, _: match.present_or_string_matches(v, r.method),
    "paths": lambda v, r, _: paths.path_matches(v, r.path),
}
"""§4, the table of forms: does this value match this request?"""


def rule_matches(rule: Rule, action: str, request: Request, context: Context) -> bool:
    """§1: any source, and any operation, and all conditions; what is absent asks nothing.

    §8: on TCP an ALLOW rule that asks for anything of HTTP is dropped whole; rules of other
    actions only lose what they ask of HTTP.
    """
    if request.protocol == "tcp" and action == "ALLOW" and any(is_http_only(key) for key in attributes(rule)):
        return False
    sources, operations = rule.get("from") or [], rule.get("to") or []
    return (
        (not sources or any(entry_matches(entry["source"], request, context) for entry in sources))
        and (not operations or any(entry_matches(entry["operation"], request, context) for entry in operations))
        and all(condition_matches(condition, request, context) for condition in rule.get("when") or [])
    )


def entry_matches(entry: Mapping[str, Sequence[str]], request: Request, context: Context) -> bool:
    """§1: all fields of one source or operation, each with its `not` form."""
    return all(
        values_match(key, entry.get(field) or (), entry.get(negated(field)) or (), request, context)
        for field, key in FIELDS.items()
    )


def condition_matches(condition: Mapping[str, Any], request: Request, context: Context) -> bool:
    """§1: one entry of `when`."""
    values, not_values = condition.get("values") or (), condition.get("notValues") or ()
    return values_match(condition["key"], values, not_values, request, context)


def values_match(
    key: str, values: Sequence[str], not_values: Sequence[str], request: Request, context: Context
) -> bool:
    """§4: `values` is OR, `notValues` is NOT(OR), both set is AND; no values ask nothing.

    §8: on TCP nothing of HTTP is asked.
    """
    if request.protocol == "tcp" and is_http_only(key):
        return True
    wanted = not values or any(value_matches(key, value, request, context) for value in values)
    unwanted = any(value_matches(key, value, request, context) for value in not_values)
    return wanted and not unwanted


def value_matches(key: str, value: str, request: Request, context: Context) -> bool:
    """§4: one value of one attribute."""
    if key in TESTS:
        return TESTS[key](value, request, context)
    if key.startswith("request.headers["):
        found = headers.header_values(request, key.removeprefix("request.headers[").removesuffix("]"))
        return any(match.present_or_string_matches(value, text) for text in found)
    if key.startswith("request.auth.claims["):
        return claims.claim_matches(value, request.claims, claims.claim_names(key.removeprefix("request.auth.claims")))
    return claims.metadata_matches(value, request.metadata, key.removeprefix("experimental."))


def attributes(rule: Rule) -> set[str]:
    """Keys of all attributes that a rule has values for, negative ones too."""
    entries = [*(e["source"] for e in rule.get("from") or []), *(e["operation"] for e in rule.get("to") or [])]
    asked = {key for field, key in FIELDS.items() for e in entries if e.get(field) or e.get(negated(field))}
    return asked | {condition["key"] for condition in rule.get("when") or []}


def negated(field: str) -> str:
    """`paths`: `notPaths`."""
    return f"not{field[0].upper()}{field[1:]}"


def is_http_only(key: str) -> bool:
    """§8: hosts, methods, paths, requestPrincipals and `request.*`."""
    return key in ("hosts", "methods", "paths") or key.startswith("request.")
