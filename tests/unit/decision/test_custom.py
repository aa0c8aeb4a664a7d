"""A CUSTOM policy: whom to ask, what nobody can be asked about, and what is decided after the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from authz.decision.engine import Engine, EngineSettings
from authz.decision.stages import Asking
from authz.mesh.view import MeshView
from authz.model.custom import Ask, HeaderAction, HeaderChange, ProviderAllows
from authz.model.decision import Allowed, Denied, Reason
from authz.model.request import Request
from authz.model.workload import parse_workload
from tests.support.policies import Document, engine, policy, source, to, when

if TYPE_CHECKING:
    from authz.model.decision import Decision

GRPC = {"name": "px", "envoyExtAuthzGrpc": {"service": "a", "port": 1}}
HTTP = {"name": "py", "envoyExtAuthzHttp": {"service": "a", "port": 1}}
MESH = {"extensionProviders": [GRPC, HTTP]}
ADMIN = to(paths=["/admin*"])
RULE = "istio-ext-authz-px-ns[foo]-policy[c]-rule[0]"
BAD = "-deny-due-to-bad-CUSTOM-action"


def custom(name: str, *rules: Document, provider: str = "px") -> Document:
    return policy(name, *(rules or (ADMIN,)), action="CUSTOM", provider={"name": provider})


def begin(*policies: Document, mesh: dict[str, Any] | None = None, **request: Any) -> Decision | Asking:
    return engine(*policies, mesh=MESH if mesh is None else mesh).begin(Request(**request))


def asking(*policies: Document, **request: Any) -> Asking:
    found = begin(*policies, **request)
    assert isinstance(found, Asking), found
    return found


def test_a_request_that_matches_asks_the_provider_of_its_rule() -> None:
    found = asking(custom("c"), path="/admin/1")

    assert (found.ask.provider, found.ask.by.id) == ("px", RULE)
    assert (found.unasked.reason, found.unasked.by and found.unasked.by.id) == (
        Reason.CUSTOM_UNAVAILABLE,
        RULE + BAD,
    )


def test_a_request_that_does_not_match_asks_nobody() -> None:
    found = begin(custom("c"), policy("d", to(paths=["/x"]), action="DENY"), path="/x")

    assert isinstance(found, Denied)
    assert found.reason is Reason.DENY_RULE


def test_the_first_rule_of_several_policies_asks() -> None:
    assert asking(custom("d"), custom("c"), path="/admin").ask.by.policy == "c"


@pytest.mark.parametrize(
    ("policies", "reason", "rule"),
    [
        ((), Reason.NO_ALLOW_POLICY, None),
        ((policy("a", {}),), Reason.ALLOW_RULE, "ns[foo]-policy[a]-rule[0]"),
        ((policy("a"),), Reason.NO_ALLOW_RULE, None),
        ((policy("a", {}), policy("d", {}, action="DENY")), Reason.DENY_RULE, "ns[foo]-policy[d]-rule[0]"),
    ],
)
def test_what_the_provider_allows_goes_on_to_deny_and_allow(
    policies: tuple[Document, ...], reason: Reason, rule: str | None
) -> None:
    decision = asking(custom("c"), *policies, path="/admin").proceed(ProviderAllows())

    assert (decision.reason, decision.by and decision.by.id) == (reason, rule)


def test_audit_and_dry_run_note_what_they_would_after_the_provider() -> None:
    decision = asking(custom("c"), policy("u", {}, action="AUDIT"), path="/admin").proceed(ProviderAllows())

    assert decision.audited_by is not None


def changes(*headers: tuple[str, str, HeaderAction], remove: tuple[str, ...] = ()) -> ProviderAllows:
    return ProviderAllows(tuple(HeaderChange(*header) for header in headers), remove)


@pytest.mark.parametrize(
    ("sent", "changed", "seen"),
    [
        ((), changes(("x-role", "admin", HeaderAction.OVERWRITE)), ("admin",)),
        (("guest", "other"), changes(("x-role", "admin", HeaderAction.OVERWRITE)), ("admin",)),
        (("guest",), changes(("x-role", " admin\t", HeaderAction.ADD)), ("guest", "admin")),
        (("guest",), changes(("x-role", "admin", HeaderAction.ADD_IF_ABSENT)), ("guest",)),
        ((), changes(("x-role", "admin", HeaderAction.ADD_IF_ABSENT)), ("admin",)),
        (("guest", "b"), changes(("x-role", "admin", HeaderAction.JOIN)), ("guest,admin", "b")),
        ((), changes(("x-role", "admin", HeaderAction.JOIN)), ()),
        ((), changes(("x-role", "admin", HeaderAction.OVERWRITE_IF_EXISTS)), ()),
        (("guest",), changes(("x-role", "admin", HeaderAction.OVERWRITE_IF_EXISTS)), ("admin",)),
        (("admin",), changes(remove=("x-role",)), ()),
        (
            ("a",),
            changes(("x-role", "b", HeaderAction.OVERWRITE), ("x-role", "c", HeaderAction.ADD)),
            ("b", "c"),
        ),
        (("a",), changes(("x-role", "b", HeaderAction.OVERWRITE), remove=("x-role",)), ()),
    ],
)
def test_later_rules_see_the_headers_that_the_provider_changed(
    sent: tuple[str, ...], changed: ProviderAllows, seen: tuple[str, ...]
) -> None:
    headers = tuple(("x-role", value) for value in sent)
    for value in ("admin", "guest", "other", "guest,admin", "a", "b", "c"):
        policies = (custom("c"), policy("a", when("request.headers[x-role]", value)))
        decision = asking(*policies, path="/admin", headers=headers).proceed(changed)

        assert isinstance(decision, Allowed) is (value in seen)


def test_the_client_s_address_is_not_the_provider_s_to_change() -> None:
    policies = (custom("c"), policy("a", source(remoteIpBlocks=["10.0.0.1"])))
    change = changes(("x-forwarded-for", "10.0.0.1", HeaderAction.OVERWRITE))
    found = asking(*policies, path="/admin", headers=(("x-forwarded-for", "10.0.0.2"),), source_ip="10.0.0.3")

    assert isinstance(found.proceed(change), Denied)


def test_a_header_that_cannot_be_read_is_readable_once_it_is_overwritten() -> None:
    policies = (custom("c"), policy("a", when("request.headers[x-role]", "admin")))
    found = asking(*policies, path="/admin", headers=(("x-role", "a\0b"),))

    assert isinstance(found.proceed(changes(("x-role", "admin", HeaderAction.OVERWRITE))), Allowed)
    assert found.proceed(changes(("x-role", "admin", HeaderAction.ADD))).reason is Reason.UNREADABLE_FACT
    assert found.proceed(ProviderAllows()).reason is Reason.UNREADABLE_FACT


def test_two_providers_on_a_workload_deny_what_matches_either() -> None:
    policies = (custom("c"), custom("e", to(paths=["/other"]), provider="py"), policy("a", {}))
    for path, rule in (("/admin", RULE), ("/other", "istio-ext-authz-py-ns[foo]-policy[e]-rule[0]")):
        found = begin(*policies, path=path)

        assert isinstance(found, Denied)
        assert (found.reason, found.by and found.by.id) == (Reason.CUSTOM_SEVERAL_PROVIDERS, rule + BAD)
        assert "px, py" in found.detail
    assert isinstance(begin(*policies, path="/x"), Allowed)


@pytest.mark.parametrize(
    "mesh", [{}, {"extensionProviders": [HTTP]}, {"extensionProviders": [{"name": "px", "sds": {}}]}]
)
def test_a_provider_that_the_mesh_does_not_have_denies_what_matches(mesh: dict[str, Any]) -> None:
    found = begin(custom("c"), mesh=mesh, path="/admin")

    assert isinstance(found, Denied)
    assert (found.reason, found.by and found.by.id) == (Reason.CUSTOM_UNAVAILABLE, RULE + BAD)
    assert isinstance(begin(custom("c"), mesh=mesh, path="/x"), Allowed)


def test_on_tcp_a_grpc_provider_is_asked_and_an_http_one_is_not() -> None:
    assert isinstance(begin(custom("c"), protocol="tcp"), Asking)
    assert begin(custom("c", provider="py"), protocol="tcp") == Allowed(Reason.NO_ALLOW_POLICY, None)
    assert isinstance(begin(custom("c"), custom("e", provider="py"), protocol="tcp"), Denied)


def test_a_path_that_is_not_normalized_is_asked_about_if_either_form_matches() -> None:
    deny = policy("d", to(paths=["/admin/x"]), action="DENY")
    found = asking(custom("c"), deny, path="/public/../admin/x")
    decision = found.proceed(ProviderAllows())

    assert found.unasked.path_not_normalized
    assert (decision.reason, decision.path_not_normalized) == (Reason.DENY_RULE, True)
    assert isinstance(asking(custom("c"), path="/admin/../x").proceed(ProviderAllows()), Allowed)
    assert begin(custom("c"), path="/a/../x") == Allowed(Reason.NO_ALLOW_POLICY, None, path_not_normalized=True)


@pytest.mark.parametrize("path", ["admin", "/admin#x", "/admin\0"])
def test_a_malformed_path_is_not_asked_about(path: str) -> None:
    found = begin(custom("c", {}), path=path)

    assert isinstance(found, Denied)
    assert found.reason is Reason.MALFORMED_PATH


def test_a_rule_that_cannot_be_read_denies_without_asking() -> None:
    found = begin(custom("c", when("request.headers[x]", "y")), headers=(("x", "\0"),))

    assert isinstance(found, Denied)
    assert found.reason is Reason.UNREADABLE_FACT


@pytest.mark.parametrize("path", ["/admin", "/x", "/x/../admin", "/admin/../x", "/%00"])
def test_explaining_says_whom_it_would_ask_and_what_comes_after(path: str) -> None:
    decides = engine(custom("c"), policy("a", to(paths=["/a*"])), mesh=MESH)
    request = Request(path=path)
    found, explained = decides.begin(request), decides.explain(request)

    assert explained.decision == decides.decide(request)
    if not isinstance(found, Asking):
        assert (explained.asks, explained.if_allowed) == (None, None)
        return
    assert explained.asks == found.ask
    assert explained.if_allowed == found.proceed(ProviderAllows())
    assert any(note.matched for note in explained.policies if note.name == "c")


def test_a_reload_that_takes_a_provider_away_denies_with_the_policies_as_they_were() -> None:
    before = engine(custom("c"), mesh=MESH)
    assert isinstance(before.begin(Request(path="/admin")), Asking)
    view = MeshView(replace(before.view.config, extension_providers=()), before.view.policies)
    after = Engine(view, EngineSettings(default_workload=parse_workload("foo/app=httpbin")), "", before)
    after.prepare()

    assert isinstance(after.begin(Request(path="/admin")), Denied)


def test_an_ask_is_neither_an_allowance_nor_a_denial() -> None:
    assert not isinstance(asking(custom("c"), path="/admin").ask, (Allowed, Denied))
    assert isinstance(asking(custom("c"), path="/admin").ask, Ask)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (ProviderAllows(set_query=(("access_token", "x"),)), Reason.UNREADABLE_FACT),
        (ProviderAllows(set_query=(("access%5Ftoken", "x"),)), Reason.UNREADABLE_FACT),
        (ProviderAllows(remove_query=("access_token",)), Reason.UNREADABLE_FACT),
        (ProviderAllows(set_query=(("a", "x"),), remove_query=("b",)), Reason.NO_ALLOW_POLICY),
    ],
)
def test_a_token_that_a_provider_puts_into_the_query_or_takes_out_is_in_doubt(
    changes: ProviderAllows, reason: Reason
) -> None:
    rules = {"jwtRules": [{"issuer": "i", "jwks": '{"keys": []}'}]}
    tokens = {**policy("r"), "kind": "RequestAuthentication", "spec": rules}

    assert asking(custom("c"), tokens, path="/admin").proceed(changes).reason is reason
    assert asking(custom("c"), path="/admin").proceed(changes).reason is Reason.NO_ALLOW_POLICY
