"""What a long, wide or hostile explanation becomes on a terminal. Whole outputs are in test_check.py."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from authz.cli.checked import Checked, describe, warnings_by_policy
from authz.cli.explanation import Terminal, attribute_name, printable, quoted, render, render_all
from authz.cli.explanation_json import report
from authz.decision.engine import Engine
from authz.decision.facts import FactSettings, RequestFacts
from authz.model.decision import Denied, Reason
from authz.model.problem import Code, Problem, Severity
from authz.model.request import Request
from authz.model.rule import Attribute, AttributeKind
from authz.model.where import Where
from tests.support.jwts import ISSUER, NOW_S, jwk, jwks, token
from tests.support.policies import authorizer, document, engine, policy, source, to, when


def checked(deciding: Engine, request: Request, now_s: float | None = None, **more: Any) -> Checked:
    note = describe(request, RequestFacts(request, FactSettings()))
    return Checked(note, deciding.explain(request, now_s), **more)


def lines(deciding: Engine, request: Request, terminal: Terminal | None = None) -> list[str]:
    return list(render(checked(deciding, request), terminal or Terminal()))


def test_values_without_room_are_counted() -> None:
    decides = engine(policy("p", to(paths=[f"/a-path-of-some-length/{n}" for n in range(50)])))

    assert [line.strip() for line in lines(decides, Request(path="/x"), Terminal(70)) if "wants" in line] == [
        'wants  one of "/a-path-of-some-length/0" and 49 more'
    ]
    (wide,) = [line for line in lines(decides, Request(path="/x"), Terminal(130)) if "wants" in line]
    assert len(wide) <= 130
    assert wide.endswith('"/a-path-of-some-length/1", "/a-path-of-some-length/2" and 47 more')


def test_a_value_that_is_too_long_is_cut() -> None:
    (saw,) = [
        line for line in lines(engine(policy("p", to(paths=["/"]))), Request(path="/" + "x" * 500)) if "saw" in line
    ]

    assert saw.endswith('xxx..."')
    assert len(saw) <= 100


def test_many_rules_and_policies_are_cut_with_a_count() -> None:
    many = [policy(f"p{n:02}", *[to(paths=[f"/{n}/{m}"]) for m in range(9)]) for n in range(20)]
    found = lines(engine(*many), Request(path="/19/8"))

    assert found[5] == "20 policies for this workload:"
    assert found[6:9] == [
        "  ALLOW  foo/p19  matches: allows",
        "    rule[0]  to[0].operation.paths  policy-19.json:1:190",
        '             wants  "/19/0"',
    ]
    assert any(line.startswith("    rule[8]  matches: DECIDES  policy-19.json:1:") for line in found)
    assert found.count("    and 3 more rules; --output json has all") == 12
    assert found[-1] == "  and 8 more ALLOW policies; --output json has all"


def test_what_matches_but_is_cut_is_said() -> None:
    many = [policy(f"p{n:02}", {}) for n in range(14)]

    assert (
        lines(engine(*many), Request())[-1] == "  and 2 more ALLOW policies, 2 of them matching; --output json has all"
    )


@pytest.mark.parametrize(
    "rule, absent",
    [
        (source(principals=["a"]), "a peer without an identity"),
        (source(namespaces=["a"]), "a peer without an identity"),
        (source(requestPrincipals=["a/b"]), "no token with issuer and subject"),
        (source(ipBlocks=["10.0.0.1"]), "nothing"),
        (when("request.auth.claims[a]", "b"), "no text in such a claim"),
        (when("request.headers[a]", "b"), "no such header"),
        (when("experimental.envoy.filters.a[b]", "c"), "no text there"),
        (when("connection.sni", "a"), "no server name"),
        (to(hosts=["a"]), '""'),
        (to(notMethods=["GET"]), '"GET"'),
    ],
)
def test_what_the_request_lacks_has_words(rule: dict[str, Any], absent: str) -> None:
    assert lines(engine(policy("p", rule)), Request())[-1] == f"             saw    {absent}"


def test_a_negated_field_says_what_it_does_not_want() -> None:
    found = lines(engine(policy("p", to(notPaths=["/a"])), policy("q", to(notPaths=["/a", "/b"]))), Request(path="/a"))

    assert [line.strip() for line in found if "wants" in line] == ['wants  not "/a"', 'wants  none of "/a", "/b"']


def test_a_field_that_cannot_be_read_is_neither_match_nor_miss() -> None:
    found = lines(engine(policy("p", source(ipBlocks=["fe80::1"]))), Request(source_ip="fe80::1%eth0"))

    assert found[1] == "  reason    unreadable_fact: a rule needs something of the request that cannot be read"
    assert found[-3:-1] == [
        "  ALLOW  foo/p  cannot be told",
        "    rule[0]  cannot be told: source.ip: an address with a named zone: 'fe80::1%eth0'",
    ]


def test_what_no_policy_was_asked_about_has_no_policies() -> None:
    found = lines(engine(policy("p", {})), Request(path="no-slash"))

    assert found[1:] == [
        "  reason    malformed_path: no policy is asked about such a path",
        "  detail    the path does not begin with '/': 'no-slash'",
        "  workload  foo/app=httpbin",
    ]


def test_a_custom_policy_on_its_way_says_that_its_provider_decides() -> None:
    custom = policy("p", {}, action="CUSTOM", provider={"name": "x"})

    assert "  CUSTOM foo/p  matches: its provider decides" in lines(engine(custom), Request())


def test_an_allow_policy_that_matches_under_a_denial_does_not_decide() -> None:
    found = lines(engine(policy("a", {}), policy("d", {}, action="DENY")), Request())

    assert "  ALLOW  foo/a  matches, but does not decide" in found


def test_nothing_of_a_request_reaches_the_terminal_as_a_command() -> None:
    evil = "\x1b[31m\n\u202e\udcff"
    decides = engine(policy("p", to(paths=["/a"])), policy("q", when("request.headers[x]", "y")))
    request = Request(method=evil, path="/" + evil, host=evil, headers=(("x", evil),), principal=evil, sni=evil)

    assert all(map(str.isprintable, lines(decides, request)))
    assert quoted(evil) == r'"\u001b[31m\n\u202e\udcff"'
    assert printable("a b") == "a b"


def test_a_reason_of_tomorrow_has_its_word() -> None:
    one = checked(engine(policy("p", {})), Request())
    decided = replace(one, explanation=replace(one.explanation, decision=Denied(Reason.INTERNAL_ERROR)))

    assert list(render(decided, Terminal()))[1] == "  reason    internal_error"


def test_one_request_needs_no_count() -> None:
    one = checked(engine(policy("p", {})), Request(), name="me")

    assert list(render_all([one], Terminal()))[-1] == ""
    assert list(render_all([one, one], Terminal()))[-1] == "2 requests: 2 allowed, 0 denied"
    assert next(render_all([one], Terminal())) == "ALLOWED  GET /  (me)"


def test_colours_change_nothing_but_the_colour() -> None:
    decides = engine(policy("p", to(paths=["/a"])), policy("d", source(principals=["a"]), action="DENY"))
    coloured = "\n".join(lines(decides, Request(), Terminal(colour=True)))

    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == "\n".join(lines(decides, Request()))


def test_a_warning_belongs_to_the_policy_in_which_it_stands() -> None:
    policies = authorizer(policy("a", {}), policy("b", {}))._engine.view.policies
    warning = Problem(Code.EMPTY_VALUES, Where("policy-0.json", 1, 50), "f", "m", Severity.WARNING)
    error = Problem(Code.WRONG_TYPE, Where("policy-1.json", 1, 50), "f", "m")
    elsewhere = replace(warning, where=Where("policy-00.json", 3, 1))
    mesh = replace(warning, where=Where("mesh.yaml", 1, 1))

    assert warnings_by_policy([warning, error, elsewhere, mesh], policies) == {("foo", "a"): (warning,)}


def test_an_attribute_has_its_key() -> None:
    assert attribute_name(Attribute(AttributeKind.PATH)) == "path"
    assert attribute_name(Attribute(AttributeKind.CLAIM, ("a", "b"))) == "request.auth.claims[a][b]"
    assert attribute_name(Attribute(AttributeKind.METADATA, ("envoy.x", "k"))) == "experimental.envoy.x[k]"


def test_a_report_says_by_which_set() -> None:
    one = checked(engine(policy("p", {})), Request())

    assert report([one], [], "sha256:a")["digest"] == "sha256:a"
    assert report([one], [], "sha256:a")["results"][0]["decision"] == "allowed"


@pytest.mark.parametrize(
    "after, title", [({}, "DENIED unless x allows  GET /"), (to(paths=["/other"]), "DENIED  GET /")]
)
def test_a_verdict_that_a_provider_may_change_says_so(after: dict[str, Any], title: str) -> None:
    mesh = {"extensionProviders": [{"name": "x", "envoyExtAuthzGrpc": {"service": "a.b", "port": 9000}}]}
    custom = policy("c", {}, action="CUSTOM", provider={"name": "x"})

    assert lines(engine(custom, policy("a", after), mesh=mesh), Request())[0] == title


def test_a_certificate_that_cannot_be_read_is_told_beside_what_failed() -> None:
    decides = engine(policy("p", {**source(principals=["a"]), **to(paths=["/a"])}, source(principals=["b"])))
    found = lines(decides, Request(certificate="no certificate"), Terminal(300))

    assert found[1].startswith("  reason    unreadable_fact: ")
    assert not any(line.startswith("  nearest") for line in found)
    assert [line.strip().partition(":")[0] for line in found[-5:]] == [
        "rule[0]  to[0].operation.paths  (0 of 2 hold)  policy-0.json",
        'wants  "/a"',
        'saw    "/"',
        "cannot be told",
        "rule[1]  cannot be told",
    ]


def test_a_title_is_no_longer_than_the_line() -> None:
    assert len(lines(engine(policy("p", {})), Request(path="/" * 5000))[0]) == 100


def peers(mode: str) -> dict[str, Any]:
    spec = {"mtls": {"mode": mode}} if mode else {}
    metadata = {"name": "peers", "namespace": "foo"}
    return {**document({"metadata": metadata, "spec": spec}), "kind": "PeerAuthentication"}


def test_a_denial_by_peer_authentication_names_mode_and_policy() -> None:
    found = lines(engine(peers("STRICT"), policy("p", {})), Request(destination_port=80))

    assert found[1:3] == [
        "  reason    peer_not_mtls: PeerAuthentication wants a peer with an identity by mutual TLS",
        "  detail    PeerAuthentication foo/peers has STRICT at port 80, and the peer has no identity by",
    ]
    assert "  mtls      STRICT by PeerAuthentication foo/peers  policy-0.json:1:1" in found


def test_the_mode_that_nobody_has_chosen_says_so() -> None:
    found = lines(engine(peers("")), Request())
    assert "  mtls      PERMISSIVE, Istio's default: no PeerAuthentication of this workload has a mode" in found
    assert report([checked(engine(peers("")), Request())], [], None)["results"][0]["mtls"] == {
        "mode": "PERMISSIVE",
        "by": None,
    }


def test_a_mode_has_the_place_of_its_policy_for_machines() -> None:
    (result,) = report([checked(engine(peers("STRICT")), Request())], [], None)["results"]
    place = {"file": "policy-0.json", "line": 1, "column": 1}
    assert result["mtls"] == {"mode": "STRICT", "by": {"namespace": "foo", "policy": "peers", **place}}


RULE = {"issuer": ISSUER, "jwks": jwks(jwk("rsa1", kid="k1")), "outputPayloadToHeader": "x-payload"}
TOKENS = document(
    {"kind": "RequestAuthentication", "metadata": {"name": "r", "namespace": "foo"}, "spec": {"jwtRules": [RULE]}}
)
GOOD, BAD = token({"iss": ISSUER, "sub": "me"}), token({"iss": ISSUER, "sub": "me"}, "rsa2")


@pytest.mark.parametrize(
    "request_, text, outcome",
    [
        (Request(), "none, so no request principal", "none"),
        (Request(claims={"iss": "a", "sub": "b"}), 'of "a/b", as described', "described"),
        (
            Request(headers=(("authorization", f"Bearer {GOOD}"),)),
            f'of "{ISSUER}/me", good by the rule policy-0.json:1:',
            "good",
        ),
        (
            Request(headers=(("authorization", f"Bearer {BAD}"),)),
            "401 'Jwt verification fails', by the rule policy-0.json:1:",
            "refused",
        ),
    ],
)
def test_what_a_token_comes_to_is_told(request_: Request, text: str, outcome: str) -> None:
    decides = engine(TOKENS)
    found = checked(decides, request_, now_s=NOW_S)

    (line,) = [line for line in render(found, Terminal()) if line.startswith("  token ")]
    assert line.removeprefix("  token").strip().startswith(text)
    told = report([found], (), None)["results"][0]["token"]
    assert told["outcome"] == outcome
    assert ("effects" in told) != ("status" in told)


def test_without_a_request_authentication_no_token_is_told_of() -> None:
    assert not [line for line in lines(engine(policy("p", {})), Request()) if line.startswith("  token")]
