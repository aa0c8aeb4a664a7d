"""The order of PeerAuthentication, CUSTOM, tokens and rules, and what each stage sees of the ones before it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from authz.decision.stages import Asking
from authz.model.custom import HeaderAction, HeaderChange, ProviderAllows
from authz.model.decision import NO_EFFECTS, Allowed, Decision, Denied, Effects, Reason
from authz.model.errors import PolicyError
from authz.model.request import Request
from authz.model.workload import LABELS_UNKNOWN, Workload
from tests.support.jwts import ISSUER, NOW_S, claims, jwk, jwks, token
from tests.support.policies import Document, engine, policy, source, to, when

GOOD, BAD = token(claims()), token(claims(), "rsa2")
MESH = {"extensionProviders": [{"name": "px", "envoyExtAuthzGrpc": {"service": "a", "port": 1}}]}
ANYBODY = policy("any", source(requestPrincipals=["*"]))
CUSTOM = policy("c", to(paths=["/admin*"]), action="CUSTOM", provider={"name": "px"})


def tokens(**rule: Any) -> Document:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "r", "namespace": "foo"},
        "spec": {"jwtRules": [{"issuer": ISSUER, "jwks": jwks(jwk("rsa1", kid="k1")), **rule}]},
    }


def bearer(text: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {text}"),)


def decide(*policies: Document, now_s: float | None = NOW_S, **request: Any) -> Decision:
    decides, asked = engine(*policies), Request(**request)
    decision = decides.decide(asked, now_s)
    assert decides.explain(asked, now_s).decision == decision
    return decision


def test_a_bad_token_is_refused_where_everything_is_allowed() -> None:
    decision = decide(tokens(), headers=bearer(BAD))

    assert isinstance(decision, Denied)
    assert (decision.reason, decision.detail) == (Reason.TOKEN_REFUSED, "Jwt verification fails")
    assert decision.refusal
    assert decision.refusal.status == 401


def test_a_bad_token_is_refused_before_a_deny_rule_is_asked() -> None:
    assert decide(tokens(), policy("d", {}, action="DENY"), headers=bearer(BAD)).reason is Reason.TOKEN_REFUSED


def test_without_a_token_the_rules_decide_about_nobody() -> None:
    assert decide(tokens(), ANYBODY).reason is Reason.NO_ALLOW_RULE
    assert decide(tokens()).reason is Reason.NO_ALLOW_POLICY


def test_a_good_token_identifies() -> None:
    decision = decide(tokens(), policy("p", source(requestPrincipals=[f"{ISSUER}/s"])), headers=bearer(GOOD))

    assert decision == Allowed(Reason.ALLOW_RULE, decision.by, effects=Effects(remove_headers=("authorization",)))


def test_claims_that_a_proxy_sends_do_not_count_where_we_verify() -> None:
    said = {"envoy.filters.http.jwt_authn": {"payload": claims()}}
    by_key = policy("p", when("experimental.envoy.filters.http.jwt_authn[payload]", "x"))

    assert decide(ANYBODY, dynamic_metadata=said).reason is Reason.ALLOW_RULE
    assert decide(tokens(), ANYBODY, dynamic_metadata=said).reason is Reason.NO_ALLOW_RULE
    assert decide(by_key, dynamic_metadata={"envoy.filters.http.jwt_authn": {"payload": "x"}}).reason is (
        Reason.ALLOW_RULE
    )
    assert (
        decide(tokens(), by_key, dynamic_metadata={"envoy.filters.http.jwt_authn": {"payload": "x"}}).reason
        is Reason.NO_ALLOW_RULE
    )


def test_a_policy_without_rules_verifies_nothing_and_believes_nobody() -> None:
    empty = {**tokens(), "spec": {}}

    assert decide(empty, ANYBODY, claims=None, headers=bearer(BAD)).reason is Reason.NO_ALLOW_RULE


def test_claims_of_a_described_request_count_instead_of_its_tokens() -> None:
    assert decide(tokens(), ANYBODY, claims=claims(), headers=bearer(BAD)).reason is Reason.ALLOW_RULE
    assert decide(tokens(), ANYBODY, claims={}).reason is Reason.NO_ALLOW_RULE


def test_a_token_without_a_clock_is_not_verified() -> None:
    decision = decide(tokens(), now_s=None, headers=bearer(GOOD))

    assert (decision.reason, decision.detail) == (
        Reason.UNREADABLE_FACT,
        "request.auth: a token cannot be verified without knowing the time",
    )
    assert decide(tokens(), now_s=None).reason is Reason.NO_ALLOW_POLICY


def test_tcp_has_no_tokens() -> None:
    assert decide(tokens(), protocol="tcp").reason is Reason.NO_ALLOW_POLICY


def test_tokens_of_another_workload_are_none_of_ours() -> None:
    theirs = {**tokens(), "spec": {**tokens()["spec"], "selector": {"matchLabels": {"app": "other"}}}}
    elsewhere = {**tokens(), "metadata": {"name": "r", "namespace": "bar"}}

    assert decide(theirs, elsewhere, headers=bearer(BAD)).reason is Reason.NO_ALLOW_POLICY
    assert decide(theirs, elsewhere, ANYBODY, headers=bearer(GOOD)).reason is Reason.NO_ALLOW_RULE


def test_without_labels_a_policy_that_selects_leaves_doubt() -> None:
    selects = {**tokens(), "spec": {**tokens()["spec"], "selector": {"matchLabels": {"app": "httpbin"}}}}
    unknown = Request(workload=Workload("foo", LABELS_UNKNOWN))

    assert engine(selects, workload=None).decide(unknown, NOW_S).reason is Reason.UNKNOWN_LABELS
    assert engine(tokens(), workload=None).decide(unknown, NOW_S).reason is Reason.NO_ALLOW_POLICY


class TestEffects:
    """What a token changes is what rules and the workload see."""

    OUTPUTS: ClassVar[dict[str, Any]] = {
        "outputPayloadToHeader": "x-payload",
        "outputClaimToHeaders": [{"header": "x-sub", "claim": "sub"}, {"header": "x-role", "claim": "role"}],
    }

    def test_rules_see_the_headers_that_carry_claims(self) -> None:
        by_header = policy("p", when("request.headers[x-sub]", "s"))

        assert decide(tokens(**self.OUTPUTS), by_header, headers=bearer(GOOD)).reason is Reason.ALLOW_RULE

    @pytest.mark.parametrize("sent", [(), bearer(GOOD)])
    def test_nobody_else_sets_such_a_header(self, sent: tuple[tuple[str, str], ...]) -> None:
        forged = (("x-role", "admin"), *sent)
        by_header = policy("p", when("request.headers[x-role]", "admin"))

        assert decide(by_header, headers=forged).reason is Reason.ALLOW_RULE
        assert decide(tokens(**self.OUTPUTS), by_header, headers=forged).reason is Reason.NO_ALLOW_RULE

    def test_rules_do_not_see_a_token_that_is_taken_out(self) -> None:
        by_header = policy("p", when("request.headers[authorization]", "*"))

        assert decide(tokens(), by_header, headers=bearer(GOOD)).reason is Reason.NO_ALLOW_RULE
        kept = tokens(forwardOriginalToken=True)
        assert decide(kept, by_header, headers=bearer(GOOD)).reason is Reason.ALLOW_RULE

    def test_how_the_query_looks_without_its_token_is_in_doubt(self) -> None:
        by_path_header = policy("p", when("request.headers[:path]", "/*"))
        with_token = f"/a?access_token={GOOD}&b=1"

        assert decide(tokens(), by_path_header, path=with_token).reason is Reason.UNREADABLE_FACT
        assert decide(tokens(), by_path_header, path="/a?b=1").reason is Reason.ALLOW_RULE
        assert decide(tokens(), policy("p", to(paths=["/a"])), path=with_token).reason is Reason.ALLOW_RULE

    def test_a_denial_changes_nothing(self) -> None:
        decision = decide(tokens(), policy("d", {}, action="DENY"), headers=bearer(GOOD))

        assert isinstance(decision, Denied)
        assert decision.refusal is None

    def test_a_request_that_nothing_is_changed_in_has_none(self) -> None:
        decision = decide(tokens())

        assert isinstance(decision, Allowed)
        assert decision.effects is NO_EFFECTS


class TestForms:
    """A path that is not in normal form is decided in both forms, by one look at the token."""

    def test_both_forms_have_the_identity(self) -> None:
        mine = policy("p", source(requestPrincipals=["*"]) | to(paths=["/a", "/x/../a"]))

        decision = decide(tokens(), mine, path="/x/../a", headers=bearer(GOOD))
        assert (decision.reason, decision.path_not_normalized) == (Reason.ALLOW_RULE, True)

    def test_a_bad_token_says_that_the_path_was_not_normal(self) -> None:
        decision = decide(tokens(), path="/x/../a", headers=bearer(BAD))

        assert (decision.reason, decision.path_not_normalized) == (Reason.TOKEN_REFUSED, True)


class TestAfterCustom:
    """CUSTOM is asked first: it sees no claims, and tokens see what its provider has changed."""

    def begin(self, *policies: Document, **request: Any) -> Asking | Decision:
        return engine(CUSTOM, *policies, mesh=MESH).begin(Request(**{"path": "/admin", **request}), NOW_S)

    def asking(self, *policies: Document, **request: Any) -> Asking:
        found = self.begin(*policies, **request)
        assert isinstance(found, Asking)
        return found

    def test_a_bad_token_comes_after_the_provider(self) -> None:
        found = self.asking(tokens(), headers=bearer(BAD))

        assert found.proceed(ProviderAllows()).reason is Reason.TOKEN_REFUSED

    def test_the_token_that_the_provider_sets_is_the_one_that_counts(self) -> None:
        changes = ProviderAllows((HeaderChange("authorization", f"Bearer {GOOD}", HeaderAction.OVERWRITE),))

        assert self.asking(tokens(), ANYBODY).proceed(changes).reason is Reason.ALLOW_RULE
        assert self.asking(tokens(), ANYBODY, headers=bearer(BAD)).proceed(changes).reason is Reason.ALLOW_RULE

    def test_a_provider_that_takes_the_token_out_leaves_nobody(self) -> None:
        found = self.asking(tokens(), ANYBODY, headers=bearer(GOOD))

        assert found.proceed(ProviderAllows(remove_headers=("authorization",))).reason is Reason.NO_ALLOW_RULE

    def test_custom_rules_see_no_claims(self) -> None:
        said = {"envoy.filters.http.jwt_authn": {"payload": "x"}}
        rule = when("experimental.envoy.filters.http.jwt_authn[payload]", "x")
        by_metadata = policy("c", rule, action="CUSTOM", provider={"name": "px"})

        assert isinstance(engine(by_metadata, mesh=MESH).begin(Request(dynamic_metadata=said), NOW_S), Asking)
        assert isinstance(
            engine(by_metadata, tokens(), mesh=MESH).begin(Request(dynamic_metadata=said), NOW_S), Allowed
        )

    @pytest.mark.parametrize("sent", [(), bearer(GOOD), bearer(BAD)])
    @pytest.mark.parametrize("path", ["/admin", "/other", "/other/../admin"])
    @pytest.mark.parametrize("mesh", [MESH, {}])
    def test_it_is_explained_alike(self, sent: tuple[tuple[str, str], ...], path: str, mesh: dict[str, Any]) -> None:
        decides = engine(CUSTOM, tokens(), ANYBODY, mesh=mesh)
        request = Request(path=path, headers=sent)
        explanation, outcome = decides.explain(request, NOW_S), decides.begin(request, NOW_S)

        assert explanation.decision == decides.decide(request, NOW_S)
        if isinstance(outcome, Asking):
            assert explanation.if_allowed == outcome.proceed(ProviderAllows())
        else:
            assert explanation.if_allowed is None


def test_equal_policies_are_one_check_for_all_workloads() -> None:
    decides = engine(tokens(), workload=None)
    for app in ("a", "b"):
        decides.decide(Request(workload=Workload("foo", frozenset({("app", app)}))), NOW_S)

    assert len(decides._token_checks) == 1


def test_inline_keys_that_cannot_be_used_are_a_problem_of_the_set() -> None:
    with pytest.raises(PolicyError, match=r"AZ123 jwks: no key of it can be used: .*keys\[0\]"):
        engine(tokens(jwks=json.dumps({"keys": [{"kty": "XYZ"}]})))
