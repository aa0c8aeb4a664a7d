"""Each row of `tests/data/request-authentication-vectors.yaml`: what Envoy made of a request with tokens.

AuthorizationPolicies among a row's policies are decided by the reference, with what the tokens came to.
"""

from functools import cache
from urllib.parse import parse_qsl, urlencode

import pytest

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
from authz.model.problem import Severity
from authz.model.request import Request
from tests import reference
from tests.support.jwts import NOW_S
from tests.support.token_rows import DECISIONS, STRICTER, VALIDATION, Row, is_for, read, request_of


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
        assert str(outcome.refusal.status) == row["expect"]
        assert row.get("body", outcome.refusal.text) == outcome.refusal.text
        wanted = row.get("responseHeaders", {}).get("www-authenticate", outcome.refusal.www_authenticate)
        assert outcome.refusal.www_authenticate == wanted


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
    assert outcome.refusal.text == STRICTER[row["name"]]


@pytest.mark.parametrize("row", VALIDATION, ids=lambda row: row["name"])
def test_validation(row: Row) -> None:
    (document,) = row["policies"]
    problems = read(document)[1]

    assert problems.has_errors() == (row["expect"] == "reject"), problems.sorted()
    assert all(problem.where.line == 1 and problem.where.column > 1 for problem in problems)
    assert all(problem.severity is Severity.ERROR for problem in problems)


def test_all_rows_are_run() -> None:
    assert (len(DECISIONS), len(VALIDATION), len(STRICTER)) == (107, 16, 1)
