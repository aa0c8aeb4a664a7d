"""The filters that Istio's pilot configures in a workload's Envoy for RequestAuthentications and small policies.

What authz answers is compared with what these answer. Sources: istio/istio pilot/pkg/security/authn/policy_applier.go,
pilot/pkg/security/authz/{builder,model}.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from authz.runtime.quickstart.envoy_config import Json, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.e2e.support.authorizer import Policy

TOKEN_FILTER = "envoy.filters.http.jwt_authn"
ROUTER = typed("envoy.filters.http.router", "filters.http.router.v3.Router")


def filters_for(policies: Sequence[Policy]) -> list[Json]:
    """`jwt_authn`, RBAC for DENY and RBAC for ALLOW, each where a policy needs it, and the router."""
    issued = [one for one in policies if one["kind"] == "RequestAuthentication"]
    rules = [rule for one in issued for rule in one["spec"].get("jwtRules", [])]
    found = [jwt_authn(rules)] if rules else []
    for action in ("DENY", "ALLOW"):
        acting = [one for one in policies if one["spec"].get("action") == action]
        if acting:
            found.append(rbac(action, acting))
    return [*found, ROUTER]


def jwt_authn(rules: Iterable[Policy]) -> Json:
    """JwtAuthentication: rules by issuer; a token of one of them must be good, none may be missing."""
    by_issuer = sorted(rules, key=lambda rule: rule.get("issuer", ""))
    providers = {f"origins-{index}": provider(rule) for index, rule in enumerate(by_issuer)}
    missing: list[Json] = [
        {"requires_any": {"requirements": [{"provider_name": name}, _MISSING]}} for name in providers
    ]
    requires = missing[0]
    if len(providers) > 1:
        each: list[Json] = [{"provider_name": name} for name in providers]
        requires = {"requires_any": {"requirements": [*each, {"requires_all": {"requirements": missing}}]}}
    return typed(
        TOKEN_FILTER,
        "filters.http.jwt_authn.v3.JwtAuthentication",
        providers=providers,
        rules=[{"match": {"prefix": "/"}, "requires": requires}],
        bypass_cors_preflight=True,
    )


_MISSING: Json = {"allow_missing": {}}


def provider(rule: Policy) -> Json:
    """JwtProvider, for a rule with its keys in it."""
    names = {"name": "name", "prefix": "value_prefix"}
    return {
        "issuer": rule.get("issuer", ""),
        "audiences": rule.get("audiences", []),
        "local_jwks": {"inline_string": rule["jwks"]},
        "forward": rule.get("forwardOriginalToken", False),
        "forward_payload_header": rule.get("outputPayloadToHeader", ""),
        "payload_in_metadata": "payload",
        "normalize_payload_in_metadata": {
            "space_delimited_claims": ["scope", "permission", *rule.get("spaceDelimitedClaims", [])]
        },
        "from_headers": [{names[key]: text for key, text in one.items()} for one in rule.get("fromHeaders", [])],
        "from_params": rule.get("fromParams", []),
        "from_cookies": rule.get("fromCookies", []),
        "claim_to_headers": [
            {"header_name": one["header"], "claim_name": one["claim"]} for one in rule.get("outputClaimToHeaders", [])
        ],
    }


def rbac(action: str, policies: Iterable[Policy]) -> Json:
    """RBAC. It knows requestPrincipals (`*`, `issuer/subject`), paths, claims and headers (exact, `*`)."""
    rules = {
        f"{policy['metadata']['name']}-{index}": {
            "permissions": [_all_of("rules", [_any_of("rules", _paths(to)) for to in rule.get("to", [])])],
            "principals": [_all_of("ids", [*_sources(rule.get("from", [])), *map(_condition, rule.get("when", []))])],
        }
        for policy in policies
        for index, rule in enumerate(policy["spec"].get("rules", []))
    }
    return typed("envoy.filters.http.rbac", "filters.http.rbac.v3.RBAC", rules={"action": action, "policies": rules})


def _all_of(field: str, parts: Sequence[Json]) -> Json:
    return {f"and_{field}": {field: list(parts)}} if parts else {"any": True}


def _any_of(field: str, parts: Sequence[Json]) -> Json:
    return {f"or_{field}": {field: list(parts)}}


def _paths(to: Mapping[str, Any]) -> list[Json]:
    return [{"url_path": {"path": _string(text)}} for text in to["operation"]["paths"]]


def _sources(sources: Iterable[Mapping[str, Any]]) -> Iterable[Json]:
    for entry in sources:
        source = entry["source"]
        if "requestPrincipals" in source:
            yield _any_of("ids", [_principal(text) for text in source["requestPrincipals"]])
        if "notRequestPrincipals" in source:
            yield {"not_id": _any_of("ids", [_principal(text) for text in source["notRequestPrincipals"]])}


def _principal(text: str) -> Json:
    issuer, _, subject = text.rpartition("/")
    issuer = issuer or "*"
    return _all_of(
        "ids", [_claim(["iss"], {"string_match": _string(issuer)}), _claim(["sub"], {"string_match": _string(subject)})]
    )


def _condition(condition: Mapping[str, Any]) -> Json:
    key, values = condition["key"], condition["values"]
    if header := re.fullmatch(r"request\.headers\[(.+)\]", key):
        return _any_of("ids", [{"header": {"name": header[1], "string_match": _string(text)}} for text in values])
    path = re.findall(r"\[([^\[\]]+)\]", key)
    strings = [{"string_match": _string(text)} for text in values]
    return _claim(
        path, {"or_match": {"value_matchers": [*strings, *[{"list_match": {"one_of": one}} for one in strings]]}}
    )


def _claim(path: Iterable[str], value: Json) -> Json:
    segments = [{"key": name} for name in ("payload", *path)]
    return {"metadata": {"filter": TOKEN_FILTER, "path": segments, "value": value}}


def _string(text: str) -> Json:
    return {"safe_regex": {"regex": ".+"}} if text == "*" else {"exact": text}
