"""What a record says of a decision, and that it is as the published schema says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authz.audit.masking import parse_claim_path, parse_mask_rule
from authz.audit.record import render_time
from authz.audit.settings import DecisionLogSettings
from authz.model.custom import HeaderChange, ProviderAllows, ProviderDenies
from authz.model.request import Request
from authz.model.workload import Role, Target, Workload
from tests.support.decision_log import Record, Recording, case_of, read, record_of, records
from tests.support.jwts import ISSUER, NOW_S, claims, jwk, jwks, token
from tests.support.policies import Document, dry_run, engine, policy, source, to, when
from tests.support.proxy import TOKEN_NAMESPACE, Form

CLIENT = "spiffe://cluster.local/ns/a/sa/client"
ANY = policy("any", {})
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def masking(*rules: str, **more: Any) -> DecisionLogSettings:
    return DecisionLogSettings(masks=tuple(map(parse_mask_rule, rules)), **more)


def authentication(**rule: Any) -> Document:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "r", "namespace": "foo"},
        "spec": {"jwtRules": [{"issuer": ISSUER, "jwks": jwks(jwk("rsa1", kid="k1")), **rule}]},
    }


def bearer(**more: Any) -> tuple[str, str]:
    return ("authorization", f"Bearer {token(claims(**more))}")


def test_an_http_request_is_recorded_with_what_everybody_asks_for() -> None:
    request = Request(
        method="POST",
        path="/a?b=c",
        host="api.example:80",
        source_ip="10.0.0.7",
        destination_ip="10.0.0.1",
        destination_port=8080,
        principal=CLIENT,
        sni="API.example",
        headers=(("User-Agent", "curl"), ("x-request-id", "r1"), ("traceparent", PARENT), ("x-other", "no")),
    )
    found = record_of(request, ANY)
    assert found["request"] == {
        "method": "POST",
        "host": "api.example:80",
        "path": "/a",
        "headers": {"user-agent": ["curl"], "x-request-id": ["r1"]},
    }
    assert found["peer"] == {"names": [CLIENT]}
    assert (found["source"], found["remote"]) == ({"address": "10.0.0.7"}, "10.0.0.7")
    assert (found["destination"], found["sni"]) == ({"address": "10.0.0.1", "port": 8080}, "API.example")
    assert found["trace"] == {"trace_id": PARENT[3:35], "span_id": PARENT[36:52]}
    assert (found["verdict"], found["reason"], found["policy"]) == ("allowed", "allow_rule", "foo/any")
    assert (found["rule"], found["protocol"]) == ("ns[foo]-policy[any]-rule[0]", "http")
    assert found["time"] == render_time(NOW_S)
    assert "left_out" not in found


def test_a_tcp_connection_has_no_request() -> None:
    found = record_of(Request(protocol="tcp", source_ip="10.0.0.7", destination_port=5432), ANY)
    assert (found["protocol"], found["destination"]["port"]) == ("tcp", 5432)
    assert "request" not in found


@pytest.mark.parametrize("request_bytes", [b"", b"\xff\xff"])
def test_a_call_that_cannot_be_read_is_recorded_without_a_word_of_it(request_bytes: bytes) -> None:
    found = read(records().encode(Recording(engine(ANY)).decide_bytes(request_bytes)))
    assert (found["reason"], found["status"]) == ("malformed_request", 403)
    assert not {"request", "source", "workload", "protocol"} & found.keys()


def test_a_stranger_is_recorded_with_what_it_was_told() -> None:
    recording = Recording(engine(ANY))
    recording._door.refuse("no SPIFFE id that is allowed")
    found = read(records().encode(recording.cases[0]))
    assert (found["reason"], found["detail"], found["digest"]) == (
        "untrusted_proxy",
        "no SPIFFE id that is allowed",
        "",
    )


def test_the_workload_is_recorded_as_it_was_understood() -> None:
    workload = Workload(
        "foo", frozenset({("app", "a"), ("v", "1")}), role=Role.GATEWAY, gateways=frozenset({Target("foo", "g")})
    )
    found = record_of(Request(workload=workload), ANY, workload=None)
    assert found["workload"] == {
        "namespace": "foo",
        "role": "gateway",
        "labels": {"app": "a", "v": "1"},
        "gateways": ["foo/g"],
    }


def test_labels_that_nobody_said_are_not_recorded_as_none() -> None:
    assert "labels" not in record_of(Request(), ANY, workload="foo")["workload"]
    assert record_of(Request(), ANY, workload="foo/")["workload"]["labels"] == {}


def test_an_unknown_workload_is_left_out() -> None:
    found = record_of(Request(path="/a"), ANY, workload=None)
    assert (found["reason"], found["request"]["path"]) == ("unknown_workload", "/a")
    assert "workload" not in found


def test_what_policies_name_is_recorded_and_what_is_not_there_is_said_to_be_absent() -> None:
    asked = policy("p", when("request.headers[x-a]", "1"), when("request.headers[x-b]", "1"))
    found = record_of(Request(headers=(("x-a", "1"), ("x-a", "2"), ("x-c", "3"))), asked)
    assert found["request"]["headers"] == {"user-agent": [], "x-request-id": [], "x-a": ["1", "2"], "x-b": []}


def test_so_is_what_the_settings_name() -> None:
    settings = DecisionLogSettings(headers=("X-Tenant",), claims=(parse_claim_path("[realm][roles]"),), query=True)
    request = Request(
        path="/a?x=1&access_token=s",
        headers=(("x-tenant", "t"),),
        claims={"realm": {"roles": ["r"], "other": 1}, "email": "e"},
    )
    found = record_of(request, ANY, settings=settings)
    assert found["request"]["headers"]["x-tenant"] == ["t"]
    assert found["request"]["query"] == "x=1&access_token=***"
    assert found["token"]["claims"] == {"realm": {"roles": ["r"]}}


def test_a_good_token_is_recorded_by_issuer_and_subject_and_the_claims_that_policies_name() -> None:
    asked = policy("p", when("request.auth.claims[groups]", "admin"), when("request.auth.claims[a][b]", "x"))
    found = record_of(
        Request(headers=(bearer(sub="me", groups=["admin", 1], a={"b": "x", "c": "y"}, email="e"),)),
        asked,
        authentication(),
    )
    assert found["token"] == {
        "outcome": "accepted",
        "issuer": ISSUER,
        "subject": "me",
        "claims": {"groups": ["admin", 1], "a": {"b": "x"}},
    }


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [((), {"outcome": "none"}), ((("authorization", "Bearer x.y.z"),), {"outcome": "refused", "issuer": ISSUER})],
)
def test_other_outcomes_of_a_token(headers: tuple[tuple[str, str], ...], outcome: Record) -> None:
    assert record_of(Request(headers=headers), ANY, authentication())["token"] == outcome


def test_a_refused_token_has_the_status_that_its_caller_gets() -> None:
    found = record_of(Request(headers=(("authorization", "Bearer x.y.z"),)), ANY, authentication())
    assert (found["verdict"], found["reason"], found["status"]) == ("denied", "token_refused", 401)


def test_claims_of_a_token_that_the_proxy_verified_are_marked_so() -> None:
    found = record_of(Request(claims={"iss": "i", "sub": "s", "email": "e"}), ANY)
    assert found["token"] == {"outcome": "by_proxy", "issuer": "i", "subject": "s", "claims": {}}
    assert "token" not in record_of(Request(), ANY)


def test_metadata_that_policies_name_is_recorded() -> None:
    asked = policy("p", when("experimental.envoy.filters.a.b[c]", "x"))
    request = Request(dynamic_metadata={"envoy.filters.a.b": {"c": "x", "d": "y"}})
    assert record_of(request, asked)["metadata"] == {"envoy.filters.a.b": {"c": "x"}}


def test_the_tokens_metadata_is_never_recorded_as_metadata() -> None:
    asked = policy("p", when(f"experimental.{TOKEN_NAMESPACE}[payload]", "x"))
    found = record_of(Request(claims={"iss": "i", "secret": "s"}), asked)
    assert "metadata" not in found
    assert found["left_out"] == [f"experimental.{TOKEN_NAMESPACE}[payload]"]


def test_what_others_than_the_rule_would_have_done_is_recorded() -> None:
    found = record_of(
        Request(path="/x"),
        ANY,
        policy("audit", to(paths=["/x"]), action="AUDIT"),
        dry_run(policy("tried", to(paths=["/x"]), action="DENY")),
    )
    assert found["audited_by"] == "ns[foo]-policy[audit]-rule[0]"
    (shadow,) = found["shadows"]
    assert (shadow["action"], shadow["verdict"], shadow["policy"]) == ("DENY", "denied", "foo/tried")


def test_a_path_that_the_proxy_did_not_normalize_is_marked() -> None:
    assert record_of(Request(path="/a/../b"), ANY)["path_not_normalized"] is True


def test_merged_headers_are_marked() -> None:
    assert record_of(Request(headers=(("a", "b"),)), ANY, form=Form.MERGED)["request"]["headers_merged"] is True


MESH = {"extensionProviders": [{"name": "px", "envoyExtAuthzGrpc": {"service": "a", "port": 1}}]}


@pytest.mark.parametrize(
    ("answer", "verdict", "status"),
    [
        (ProviderAllows(), "allowed", None),
        (ProviderAllows(failed_open="down"), "failed_open", None),
        (ProviderDenies(status=429), "denied", 429),
    ],
)
def test_a_provider_that_was_asked_is_recorded(answer: Any, verdict: str, status: int | None) -> None:
    custom = policy("c", {}, action="CUSTOM", provider={"name": "px"})
    case = case_of(Request(), custom, mesh=MESH)
    case.provider, case.answer = "px", answer
    found = read(records().encode(case))
    assert found["custom"] == {"provider": "px", "verdict": verdict}
    assert found["status"] == status or status is None


def test_what_a_provider_changed_and_policies_ask_for_is_said_to_be_left_out() -> None:
    case = case_of(Request(headers=(("x-a", "1"),)), policy("p", when("request.headers[x-a]", "1")))
    case.provider, case.answer = "px", ProviderAllows(headers=(HeaderChange("x-a", "2"), HeaderChange("x-b", "2")))
    found = read(records().encode(case))
    assert found["left_out"] == ["request.headers[x-a]"]
    assert found["custom"]["changed_headers"] == ["x-a", "x-b"]


def test_so_is_what_the_token_sets() -> None:
    asked = policy("p", when("request.headers[x-sub]", "me"))
    rule = authentication(outputClaimToHeaders=[{"header": "x-sub", "claim": "sub"}])
    found = record_of(Request(headers=(bearer(sub="me"),)), asked, rule)
    assert found["verdict"] == "allowed"
    assert "request.headers[x-sub]" in found["left_out"]


@pytest.mark.parametrize(
    ("asked", "rule", "request_", "fact"),
    [
        (
            when("request.headers[authorization]", "*"),
            "query:x=drop",
            {"headers": (("authorization", "x"),)},
            "headers[authorization]",
        ),
        (when("request.headers[x-a]", "*"), "header:x-a=mask", {"headers": (("x-a", "x"),)}, "headers[x-a]"),
        (when("request.headers[x-a]", "*"), "header:x-a=hash", {"headers": (("x-a", "x"),)}, "headers[x-a]"),
        (when("request.headers[x-a]", "*"), "query:x=drop", {"headers": (("x-a", "x" * 2000),)}, "headers[x-a]"),
        (when("request.headers[x-a]", "*"), "query:x=drop", {"headers": (("x-a", "\udcff"),)}, "headers[x-a]"),
        (when("request.headers[:path]", "*"), "query:x=drop", {"path": "/a?b"}, "headers[:path]"),
        (when("request.auth.claims[a]", "x"), "claim:a=mask", {"claims": {"a": "x"}}, "auth.claims[a]"),
        (when("request.auth.claims[a][b]", "x"), "claim:a=drop", {"claims": {"a": {"b": "x"}}}, "auth.claims[a][b]"),
        (when("request.auth.claims[a]", "x"), "query:x=drop", {"claims": {"a": "x" * 2000}}, "auth.claims[a]"),
        (to(paths=["/a/*"]), "path:/a/*=mask", {"path": "/a/b"}, "path"),
        (to(paths=["/a/*"]), "path:/a/*=drop", {"path": "/a/b"}, "path"),
        (to(paths=["/a/*"]), "query:x=drop", {"path": "/a/" + "b" * 5000}, "path"),
    ],
)
def test_what_is_asked_for_and_not_there_as_it_was_is_listed(
    asked: Document, rule: str, request_: dict[str, Any], fact: str
) -> None:
    found = record_of(Request(**request_), policy("p", asked), settings=masking(rule))
    assert found["left_out"] == [f"request.{fact}"]


def test_nothing_is_listed_that_is_not_there() -> None:
    found = record_of(Request(), policy("p", when("request.headers[x-a]", "*")), settings=masking("header:x-a=mask"))
    assert "left_out" not in found


def test_an_identity_that_cannot_be_read_is_listed() -> None:
    found = record_of(Request(certificate="no certificate"), policy("p", source(principals=["*"])))
    assert found["reason"] == "unreadable_fact"
    assert found["left_out"] == ["source.principal"]
    assert "peer" not in found


def test_an_address_that_cannot_be_read_is_recorded_as_it_came() -> None:
    found = record_of(Request(source_ip="fe80::1%eth0"), ANY)
    assert found["source"]["address"] == "fe80::1%eth0"
    assert found["left_out"] == ["remote.ip"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2**60, str(2**60)), (1, 1), (1.5, 1.5), (True, True), ([[1], "a"], ["***", "a"]), ({"b": {"c": "d"}}, None)],
)
def test_claims_are_recorded_so_that_every_reader_reads_them_alike(value: Any, expected: Any) -> None:
    assert records()._claim(("a",), value, 0) == (value if expected is None else expected)


@pytest.mark.parametrize(("share", "expected"), [(1.0, None), (0.25, 0.25)])
def test_the_share_that_is_kept_is_told(share: float, expected: float | None) -> None:
    assert record_of(Request(), ANY, settings=DecisionLogSettings(sample_allowed=share)).get("sampled") == expected


def test_equal_decisions_of_other_sets_have_their_own_digest() -> None:
    one, other = Recording(engine(policy("p", to(paths=["/no"])))), Recording(engine(policy("q", to(paths=["/no"]))))
    made = records()
    cases = [recording.decide(Request()) for recording in (one, other, one, other)]
    assert cases[0].decision is cases[1].decision
    digests = [read(made.encode(case))["digest"] for case in cases]
    assert digests == [case.digest for case in cases]
    assert len(set(digests)) == 2


def test_the_smallest_record_is_valid_too() -> None:
    found = json.loads(records().bare(case_of(Request(), ANY)) + b"}")
    assert found["left_out"] == ["request"]
    assert read(records().bare(case_of(Request(), ANY)))["verdict"] == "allowed"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "1970-01-01T00:00:00.000000Z"), (1_700_000_000.25, "2023-11-14T22:13:20.250000Z")],
)
def test_times_are_utc_with_microseconds(seconds: float, text: str) -> None:
    assert render_time(seconds) == text
