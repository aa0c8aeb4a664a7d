"""What becomes known of a request while it is decided."""

from __future__ import annotations

from typing import Any

import pytest

from authz.decision.case import Case, TokenPlaces
from authz.decision.stages import Asking
from authz.identity.tokens import Anonymous, Identified, TokenDenied
from authz.model.custom import ProviderAllows
from authz.model.request import Request
from tests.support.jwts import ISSUER, NOW_S, claims, jwk, jwks, token
from tests.support.policies import Document, engine, policy, to

MESH = {"extensionProviders": [{"name": "px", "envoyExtAuthzGrpc": {"service": "a", "port": 1}}]}


def tokens(name: str = "r", namespace: str = "foo", **rule: Any) -> Document:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"jwtRules": [{"issuer": ISSUER, "jwks": jwks(jwk("rsa1", kid="k1")), **rule}]},
    }


def case_of(*policies: Document, workload: str | None = "foo/app=httpbin", **request: Any) -> Case:
    case = Case("id", 0.0, 0)
    outcome = engine(*policies, mesh=MESH, workload=workload).begin(Request(**request), NOW_S, case)
    if isinstance(outcome, Asking):
        outcome.proceed(ProviderAllows())
    return case


def test_a_case_knows_whose_request_it_is_and_what_decides() -> None:
    case = case_of(policy("p", {}))
    assert case.workload is not None
    assert case.workload.namespace == "foo"
    assert case.program is not None
    assert case.facts is not None
    assert case.token is None


def test_without_a_workload_nothing_decides() -> None:
    case = case_of(policy("p", {}), workload=None, path="/a")
    assert (case.workload, case.program) == (None, None)
    assert case.facts is not None
    assert case.facts.path == "/a"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ((), Anonymous),
        ((("authorization", f"Bearer {token(claims())}"),), Identified),
        ((("authorization", f"Bearer {token(claims(), 'rsa2')}"),), TokenDenied),
    ],
)
@pytest.mark.parametrize("asks", [False, True])
def test_a_case_gets_what_the_token_comes_to(
    headers: tuple[tuple[str, str], ...], kind: type[object], *, asks: bool
) -> None:
    custom = policy("c", to(paths=["/*"]), action="CUSTOM", provider={"name": "px"})
    case = case_of(tokens(), *([custom] if asks else []), headers=headers)
    assert isinstance(case.token, kind)
    assert case.has_refused_token is (kind is TokenDenied)
    assert (case.identified is not None) is (kind is Identified)


def test_the_places_of_tokens_are_those_of_all_workloads() -> None:
    case = case_of(
        tokens(),
        tokens("q", "other", fromHeaders=[{"name": "X-Jwt"}], fromParams=["tok"]),
    )
    assert case.places == TokenPlaces(frozenset({"authorization", "x-jwt"}), frozenset({"access_token", "tok"}))
