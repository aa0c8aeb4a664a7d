"""What rules see of a request. Read when asked for: what nobody asks for cannot be wrong."""

from collections.abc import Mapping
from typing import Any

import pytest

from authz.decision.facts import FactSettings, RequestFacts
from authz.model.address import MAX_ADDRESS_LENGTH, parse_address, render_address
from authz.model.facts import UnreadableFactError
from authz.model.request import Request
from tests.support.certificates import certificate
from tests.support.rules import facts

USER = "spiffe://td/ns/foo/sa/user"
READERS = (
    "peer_names",
    "peer_spiffe_ids",
    "peer_namespaces",
    "peer_service_accounts",
    "peer_trust_domains",
)


def test_the_peer_is_what_the_proxy_says_where_no_certificate_came() -> None:
    seen = facts(Request(principal=USER))

    assert (seen.peer_names, seen.peer_spiffe_ids, seen.peer_namespaces) == ((USER,), ("td/ns/foo/sa/user",), ("foo",))
    assert (seen.peer_service_accounts, seen.peer_trust_domains) == ((("foo", "user"),), ("td",))


def test_a_certificate_tells_all_names() -> None:
    sent = certificate(uris=(USER, "spiffe://td/ns/ops/sa/b"), names=("a.test",), common_name="c")

    assert facts(Request(principal=USER, certificate=sent)).peer_names == (
        USER,
        "spiffe://td/ns/ops/sa/b",
        "a.test",
        "CN=c",
    )


def test_a_certificate_alone_has_names_too() -> None:
    assert facts(Request(certificate=certificate(uris=(USER,)))).peer_names == (USER,)


@pytest.mark.parametrize(
    "request_",
    [
        Request(certificate="garbage"),
        Request(certificate=certificate(uris=(USER,)), principal="spiffe://td/ns/foo/sa/admin"),
        Request(certificate=certificate(), principal=USER),
        Request(certificate=certificate(names=("a.test", "b.test")), principal="b.test"),
        Request(principal=f"{USER}\0"),
        Request(principal=f"{USER}\n"),
        Request(principal=f"{USER}\x7f"),
        Request(principal=f"{USER}\udcff"),
        Request(certificate=certificate(names=("a.test\0b.test",))),
    ],
    ids=lambda request: repr(request.principal),
)
@pytest.mark.parametrize("name", READERS)
def test_a_peer_that_cannot_be_told_is_unreadable_and_nothing_else_is(request_: Request, name: str) -> None:
    seen = facts(request_)

    with pytest.raises(UnreadableFactError):
        getattr(seen, name)
    assert (seen.path, seen.method, seen.source_ip, seen.header("a")) == ("/", "GET", None, ())


@pytest.mark.parametrize(
    "claims, principals",
    [
        ({"iss": "i", "sub": "s"}, (("i", "s"),)),
        ({"iss": "i", "sub": ""}, (("i", ""),)),
        ({"iss": "i"}, ()),
        ({"iss": 1, "sub": "s"}, ()),
        ({"iss": "i", "sub": ["s"]}, ()),
        ({}, ()),
        (None, ()),
    ],
)
def test_a_request_principal_is_two_strings(claims: Mapping[str, Any] | None, principals: tuple[Any, ...]) -> None:
    assert facts(Request(claims=claims)).request_principals == principals


@pytest.mark.parametrize(
    "path, strings",
    [
        (("text",), ("a b",)),
        (("list",), ("a", "b c")),
        (("scope",), ("read", "write")),
        (("permission",), ("p",)),
        (("nested", "scope"), ("read write",)),
        (("nested", "deep"), ("x",)),
        (("nested",), ()),
        (("number",), ()),
        (("flag",), ()),
        (("null",), ()),
        (("list", "0"), ()),
        (("objects",), ()),
        (("none",), ()),
    ],
)
def test_a_claim_has_its_string_or_the_strings_of_its_list(path: tuple[str, ...], strings: tuple[str, ...]) -> None:
    claims: dict[str, Any] = {
        "text": "a b",
        "list": ["a", 1, None, "b c", ["d"]],
        "scope": "read  write ",
        "permission": ["p"],
        "nested": {"deep": "x", "scope": "read write"},
        "number": 1,
        "flag": True,
        "null": None,
        "objects": [{"a": "b"}],
    }

    assert facts(Request(claims=claims)).claim(path) == strings


def test_claims_are_only_what_the_proxy_verified() -> None:
    metadata = {"envoy.filters.http.jwt_authn": {"other": {"sub": "s"}}, "x": {"payload": {"sub": "s"}}}

    assert facts(Request(dynamic_metadata=metadata)).claim(("sub",)) == ()
    assert facts(Request(dynamic_metadata={"envoy.filters.http.jwt_authn": {"payload": "s"}})).claim(("sub",)) == ()


def test_metadata_is_a_string_or_a_list_and_never_both() -> None:
    seen = facts(Request(dynamic_metadata={"f": {"text": "v", "list": ["v", 1], "number": 1}}))

    assert [seen.metadata_strings(("f", key)) for key in ("text", "list", "number", "none")] == [("v",), (), (), ()]
    assert [seen.metadata_elements(("f", key)) for key in ("text", "list", "number")] == [(), ("v",), ()]
    assert seen.metadata_strings(("none", "text")) == ()


def test_header_lines_are_values_without_the_blanks_around_them() -> None:
    lines = (("X-A", " a "), ("x-a", "b,c"), ("x-a", "\t"), ("x-b", "d"))

    assert facts(Request(headers=lines)).header("x-a") == ("a", "b,c", "")


def test_a_nul_makes_its_own_header_unreadable() -> None:
    seen = facts(Request(headers=(("x-a", "ok"), ("x-a", "b\0"), ("x-b", "d"))))

    assert seen.header("x-b") == ("d",)
    with pytest.raises(UnreadableFactError, match=r"request.headers\[x-a\]: it has a NUL"):
        seen.header("x-a")


@pytest.mark.parametrize(
    "target, path",
    [
        ("/a?b", "/a"),
        ("/a?b?c", "/a"),
        ("/a?", "/a"),
        ("//a/b", "//a/b"),
        ("/a;b=c", "/a;b=c"),
        ("", ""),
        ("?a", ""),
    ],
)
def test_the_path_ends_at_the_first_question_mark(target: str, path: str) -> None:
    assert facts(Request(path=target)).path == path


def test_another_path_is_another_request_with_the_same_other_facts() -> None:
    seen = facts(Request(path="/a/../b?c", principal=USER, headers=(("x", "y"),)))
    assert (seen.path, seen.header("x"), seen.header(":path")) == ("/a/../b", ("y",), ("/a/../b?c",))
    other = seen.with_path("/b")

    assert (other.path, other.header(":path"), other.header("x"), other.peer_names) == (
        "/b",
        ("/b?c",),
        ("y",),
        (USER,),
    )
    assert (seen.path, seen.header(":path")) == ("/a/../b", ("/a/../b?c",))


def test_host_and_server_name_are_folded_as_ascii() -> None:
    seen = facts(Request(host="A.\u212a:80", sni="B.\u212a"))

    assert (seen.host, seen.sni) == ("a.\u212a:80", "b.\u212a")


@pytest.mark.parametrize(
    "forwarded, proxies, wanted",
    [
        (None, 0, "192.0.2.1"),
        ("10.0.0.1", 0, "10.0.0.1"),
        ("10.0.0.1, 10.0.0.2", 0, "10.0.0.2"),
        ("10.0.0.1, 10.0.0.2", 1, "10.0.0.1"),
        ("10.0.0.1, 10.0.0.2", 2, "192.0.2.1"),
        ("nobody", 0, "192.0.2.1"),
        ("10.0.0.1,", 0, "192.0.2.1"),
        ("2001:db8::1", 0, "2001:db8::1"),
    ],
)
def test_the_remote_address_is_so_many_entries_from_the_right(forwarded: str | None, proxies: int, wanted: str) -> None:
    headers = () if forwarded is None else (("x-forwarded-for", forwarded),)
    seen = RequestFacts(Request(source_ip="192.0.2.1", headers=headers), FactSettings(proxies))

    assert seen.remote_ip is not None
    assert render_address(seen.remote_ip) == wanted
    assert seen.source_ip == parse_address("192.0.2.1")


def test_what_a_client_writes_is_not_remembered_at_any_length() -> None:
    before = parse_address.cache_info().currsize
    long = "1" * (MAX_ADDRESS_LENGTH + 1)

    assert facts(Request(headers=(("x-forwarded-for", long),), source_ip="192.0.2.1")).remote_ip is not None
    assert parse_address.cache_info().currsize <= before + 1  # the peer's


@pytest.mark.parametrize("address", ["", "/run/x.sock", "10.0.0.256", "::g"])
def test_what_is_no_address_is_absent(address: str) -> None:
    seen = facts(Request(source_ip=address, destination_ip=address))

    assert (seen.source_ip, seen.destination_ip, seen.remote_ip) == (None, None, None)


def test_an_address_with_a_named_zone_is_unreadable() -> None:
    seen = facts(Request(source_ip="fe80::1%eth0", destination_ip="fe80::1%eth0"))

    for name in ("source_ip", "destination_ip", "remote_ip"):
        with pytest.raises(UnreadableFactError):
            getattr(seen, name)
