"""What Istio's regular expressions see in the names of a peer, without regular expressions."""

import random
import re

import pytest

from authz.identity.peer import Peer, read_peer

ID = "spiffe://td/ns/foo/sa/x"


def test_a_spiffe_id_tells_everything() -> None:
    assert read_peer((ID,)) == Peer(
        names=(ID,),
        spiffe_ids=("td/ns/foo/sa/x",),
        namespaces=("foo",),
        service_accounts=(("foo", "x"),),
        trust_domains=("td",),
    )


def test_nobody_is_nothing() -> None:
    assert read_peer(()) == Peer()


@pytest.mark.parametrize(
    "name, namespaces",
    [
        ("CN=a/ns/zz/b", ("zz",)),
        ("spiffe://td/ns/foo", ()),
        ("spiffe://td/ns/a/ns/b/sa/x", ("a", "b")),
        ("/ns/ns/ns/", ("ns",)),
        ("/ns/a/ns/", ("a",)),
        ("ns/foo/", ()),
    ],
)
def test_a_namespace_stands_between_slashes_behind_ns_in_any_name(name: str, namespaces: tuple[str, ...]) -> None:
    assert read_peer((name,)).namespaces == namespaces


@pytest.mark.parametrize(
    "rest, accounts",
    [
        ("td/ns/foo/sa/x/pod/1", (("foo", "x"),)),
        ("td/ns/foo/sa/x/", ()),
        ("td/ns/foo/more/sa/x", (("foo", "x"),)),
        ("td/ns/foo//sa/x", ()),
        ("/ns/foo/sa/x", ()),
        ("td/ns/foo/xsa/x", ()),
        ("td/ns/foo/sa/sa/sa/x", (("foo", "sa"), ("foo", "x"))),
        ("td/ns/a/ns/b/sa/x", (("a", "x"), ("b", "x"))),
    ],
)
def test_a_service_account_stands_behind_sa_somewhere_behind_its_namespace(
    rest: str, accounts: tuple[tuple[str, str], ...]
) -> None:
    assert read_peer((f"spiffe://{rest}",)).service_accounts == accounts
    assert read_peer((rest,)).service_accounts == ()


@pytest.mark.parametrize("name, domains", [("spiffe://td/x", ("td",)), ("spiffe://td", ()), ("td/x", ())])
def test_a_trust_domain_has_a_slash_behind_it(name: str, domains: tuple[str, ...]) -> None:
    assert read_peer((name,)).trust_domains == domains


def test_everything_agrees_with_the_expressions_that_istio_generates() -> None:
    generator = random.Random(5)
    texts = ("foo", "x", "sa", "ns", "")
    for _ in range(3_000):
        parts = generator.choices(["td", "ns", "sa", "foo", "x", ""], k=generator.randint(1, 9))
        name = generator.choice(["spiffe://", ""]) + "/".join(parts)
        peer = read_peer((name,))
        for one in texts[:-1]:
            assert (one in peer.namespaces) is bool(re.fullmatch(f".*/ns/{one}/.*", name)), name
            for other in texts[:-1]:
                wanted = re.fullmatch(f"spiffe://.+/ns/{one}/(.+/|)sa/{other}(/.+)?", name)
                assert ((one, other) in peer.service_accounts) is bool(wanted), name
            assert (one in peer.trust_domains) is name.startswith(f"spiffe://{one}/"), name
