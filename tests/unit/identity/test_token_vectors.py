"""Each row of `tests/data/request-authentication-vectors.yaml`: what Envoy made of a request with tokens.

AuthorizationPolicies among a row's policies are decided by the reference, with what the tokens came to.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import yaml

from authz.identity.jwks import KeySet, parse_key_set
from authz.identity.token_cache import TokenCache
from authz.identity.tokens import (
    Anonymous,
    Identified,
    TokenDenied,
    TokenOutcome,
    authenticate,
    bind_rules,
    merge_rules,
)
from authz.model.jwt_rule import JwtRule
from authz.model.problem import Problems, Severity
from authz.model.request import Request
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.metadata import read_metadata
from authz.resources.nodes import Mapping as MappingNode
from authz.resources.request_authentication import RequestAuthentication, read_request_authentication
from tests import reference
from tests.support.jwts import NOW_S, jwk, jwks, token

Row = dict[str, Any]

DECISIONS, VALIDATION = yaml.safe_load_all(
    (Path(__file__).parents[2] / "data/request-authentication-vectors.yaml").read_text()
)
STRICTER = {"crit-header-ignored": "Jwt header [crit] field is not supported"}
KEY_IDS = {"rsa1": "k1", "rsa2": "k2", "ec1": "e1", "ed1": "d1", "hs1": "h1"}


@cache
def key_sets() -> dict[str, str]:
    keys = {name: jwk(name, kid=kid) for name, kid in KEY_IDS.items()}
    return {
        **{name.upper(): jwks(key) for name, key in keys.items()},
        "RSA1_NOKID": jwks(jwk("rsa1")),
        "RSA1_ALG256": jwks({**keys["rsa1"], "alg": "RS256"}),
        "RSA1_RSA2": jwks(keys["rsa1"], keys["rsa2"]),
        "RSA1_PLUS_BAD": jwks({"kty": "XYZ", "kid": "bad"}, keys["rsa1"]),
    }


def with_key_sets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: with_key_sets(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_key_sets(inner) for inner in value]
    if isinstance(value, str) and (found := re.fullmatch(r"\$\{JWKS_(\w+)\}", value)):
        return key_sets()[found[1]]
    return value


def read(document: Row) -> tuple[RequestAuthentication, Problems]:
    problems = Problems()
    text = json.dumps({"apiVersion": "security.istio.io/v1", **with_key_sets(document)})
    (found,) = read_documents([SourceFile("policy.json", text.encode())], problems)
    fields = Fields("policy.json", problems)
    assert isinstance(found.root, MappingNode)
    return read_request_authentication(fields, read_metadata(fields, found.root), found.root.get("spec")), problems


def is_for(policy: RequestAuthentication, namespace: str, labels: Mapping[str, str]) -> bool:
    """As `authz.mesh.selection`, so far as the rows need it."""
    if policy.target_refs:
        gateway = labels.get("gateway.networking.k8s.io/gateway-name")
        return policy.namespace == namespace and any(ref.name == gateway for ref in policy.target_refs)
    return policy.namespace in {namespace, "istio-system"} and (policy.selector or frozenset()) <= labels.items()


def claims_of(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: NOW_S + int(value[3:] or 0) if isinstance(value, str) and re.fullmatch(r"now([+-]\d+)?", value) else value
        for name, value in given.items()
    }


def text_of(given: Row) -> str:
    if "raw" in given:
        return str(given["raw"])
    header = {"typ": "JWT", **given.get("header", {"kid": "k1"})}
    key = given.get("signWith", "rsa1")
    text = token(claims_of(given["claims"]), "rsa1" if key == "none" else key, header, header.get("alg", "RS256"))
    return f"{text.rpartition('.')[0]}." if key == "none" else text


def request_of(given: Row) -> Request:
    path, lines = given.get("path", "/"), list(given.get("headers", {}).items())
    for one in given.get("tokens", []):
        match one.get("in", "header"):
            case "query":
                path += f"{'&' if '?' in path else '?'}{one.get('name', 'access_token')}={text_of(one)}"
            case "cookie":
                lines.append(("cookie", f"{one['name']}={text_of(one)}"))
            case _:
                lines.append((one.get("name", "authorization"), f"{one.get('prefix', 'Bearer ')}{text_of(one)}"))
    return Request(given.get("method", "GET"), path, given.get("host", "svc.foo"), headers=tuple(lines))


@cache
def parsed_key_set(text: str) -> KeySet:
    return parse_key_set(text)


def keys_of(rule: JwtRule) -> KeySet:
    return parsed_key_set(rule.jwks)


def outcome_of(row: Row, request: Request) -> TokenOutcome:
    workload = row.get("workload", {"namespace": "foo", "labels": {"app": "httpbin"}})
    policies = [read(one)[0] for one in row["policies"] if one["kind"] == "RequestAuthentication"]
    found = [one.jwt_rules for one in policies if is_for(one, workload["namespace"], workload["labels"])]
    rules = bind_rules(merge_rules(found), keys_of)
    outcome, cache_of_tokens = authenticate(rules, request, NOW_S), TokenCache()
    for _ in range(2):
        assert authenticate(rules, request, NOW_S, cache_of_tokens.accept) == outcome
    return outcome


def is_allowed(row: Row, request: Request, outcome: Anonymous | Identified) -> bool:
    policies = [one for one in row["policies"] if one["kind"] == "AuthorizationPolicy"]
    names = {name for name, _ in [*request.headers, *outcome.effects.set_headers]}
    seen = {name: outcome.effects.header_lines(name, request.header_lines(name)) for name in names}
    return reference.decide(
        policies,
        {"pathNormalization": {"normalization": "BASE"}},
        reference.Workload("foo", {"app": "httpbin"}),
        reference.Request(
            method=request.method,
            host=request.host,
            path=request.path,
            headers=tuple((name, line) for name, lines in seen.items() for line in lines),
            claims=outcome.claims if isinstance(outcome, Identified) else None,
        ),
    ).allowed


@pytest.mark.parametrize("row", [row for row in DECISIONS if row["name"] not in STRICTER], ids=lambda row: row["name"])
def test_row(row: Row) -> None:
    request = request_of(row["request"])
    outcome = outcome_of(row, request)

    if row["expect"] in {"allow", "deny"}:
        assert not isinstance(outcome, TokenDenied), outcome
        assert is_allowed(row, request, outcome) == (row["expect"] == "allow")
        check_upstream(row, request, outcome)
    else:
        assert isinstance(outcome, TokenDenied)
        assert str(outcome.status) == row["expect"]
        assert row.get("body", outcome.text) == outcome.text
        wanted = row.get("responseHeaders", {}).get("www-authenticate", outcome.www_authenticate)
        assert outcome.www_authenticate == wanted


def check_upstream(row: Row, request: Request, outcome: Anonymous | Identified) -> None:
    effects = outcome.effects
    for line in row.get("upstreamHeaders", []):
        name, _, value = line.partition("=")
        if name == ":path":
            path, _, query = request.path.partition("?")
            kept = [(key, text) for key, text in parse_qsl(query) if key not in effects.remove_query_parameters]
            assert f"{path}?{urlencode(kept)}" == value
        else:
            assert effects.header_lines(name, request.header_lines(name)) == (value,)
    for name in row.get("upstreamHeadersAbsent", []):
        assert effects.header_lines(name, request.header_lines(name)) == ()


@pytest.mark.parametrize("row", [row for row in DECISIONS if row["name"] in STRICTER], ids=lambda row: row["name"])
def test_where_we_refuse_more(row: Row) -> None:
    outcome = outcome_of(row, request_of(row["request"]))

    assert row["expect"] == "allow"
    assert isinstance(outcome, TokenDenied)
    assert outcome.text == STRICTER[row["name"]]


@pytest.mark.parametrize("row", VALIDATION, ids=lambda row: row["name"])
def test_validation(row: Row) -> None:
    (document,) = row["policies"]
    problems = read(document)[1]

    assert problems.has_errors() == (row["expect"] == "reject"), problems.sorted()
    assert all(problem.where.line == 1 and problem.where.column > 1 for problem in problems)
    assert all(problem.severity is Severity.ERROR for problem in problems)


def test_all_rows_are_run() -> None:
    assert (len(DECISIONS), len(VALIDATION), len(STRICTER)) == (107, 16, 1)
