from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authz.identity.xfcc import ForwardedClient, XfccError, check_hash, nearest_client, parse_xfcc
from tests.support.svids import WEB, TrustDomain

PROXY, OWN = "spiffe://cluster.local/ns/gw/sa/gateway", "spiffe://cluster.local/ns/foo/sa/app"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'By={PROXY};Hash=ab12;Subject="";URI={WEB}', [ForwardedClient((PROXY,), (WEB,), hash="ab12")]),
        ('Subject="CN=a\\,b,O=\\"x\\";y"', [ForwardedClient(subject='CN=a\\,b,O="x";y')]),
        ('Subject="CN=a\\\\";URI=b', [ForwardedClient(subject="CN=a\\\\", uris=("b",))]),
        ('Cert="a%0A==";Chain="b%3D="', [ForwardedClient(certificate="a%0A==", chain="b%3D=")]),
        ("URI=a;URI=b;DNS=c;DNS=d;By=e;By=f", [ForwardedClient(("e", "f"), ("a", "b"), ("c", "d"))]),
        ("uri=a;dNs=b;HASH=c", [ForwardedClient(uris=("a",), dns=("b",), hash="c")]),
        ("URI=", [ForwardedClient()]),
        ('URI=a,By=b;URI="c,d;e=f"', [ForwardedClient(uris=("a",)), ForwardedClient(("b",), ("c,d;e=f",))]),
        ("URI=a, URI=b", [ForwardedClient(uris=("a",)), ForwardedClient(uris=("b",))]),
    ],
)
def test_what_proxies_write_is_read(text: str, expected: list[ForwardedClient]) -> None:
    assert list(parse_xfcc(text)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected KEY=VALUE at character 1"),
        ("URI", "expected KEY=VALUE at character 1"),
        ("=a", "expected KEY=VALUE at character 1"),
        ("URI=a;", "expected KEY=VALUE at character 7"),
        ("URI=a,", "expected KEY=VALUE at character 7"),
        (",URI=a", "expected KEY=VALUE at character 1"),
        ("URI=a;;URI=b", "expected KEY=VALUE at character 7"),
        ("URI =a", "expected KEY=VALUE"),
        ("Uid=a", "has the key 'Uid'; known are By, Hash"),
        ("Hash=a;hash=b", "has Hash twice"),
        ('Cert="a";CERT="b"', "has Cert twice"),
        ("URI=a=b", "'=' at character 6 may stand in a quoted value only"),
        ("URI=a b", "' ' at character 6 may stand"),
        ('URI=a"b"', "'\"' at character 6 may stand"),
        ("URI=a\\b", "at character 6 may stand"),
        ('URI="a', "a quoted value does not end"),
        ('URI="a\\"', "a quoted value does not end"),
        ('URI="a\\', "a quoted value does not end"),
        ('URI="a"b', "expected `,` or `;` at character 8, found 'b'"),
        ("URI=a\0", "not printable ASCII"),
        ("URI=ä", "not printable ASCII"),
        ("URI=" + "a" * 65_536, "longer than 65536"),
        (",".join(["URI=a"] * 17), "has more than 16 elements"),
    ],
)
def test_what_no_proxy_writes_is_refused(text: str, words: str) -> None:
    with pytest.raises(XfccError) as raised:
        parse_xfcc(text)
    assert words in str(raised.value)


def element(uri: str, by: str = "") -> ForwardedClient:
    return ForwardedClient((by,) if by else (), (uri,))


FORGED = element("spiffe://cluster.local/ns/foo/sa/admin", PROXY)


@pytest.mark.parametrize(
    ("elements", "proxy", "own", "expected"),
    [
        # the proxy that asks has forwarded the header as it came
        ([element(WEB, PROXY)], PROXY, OWN, WEB),
        ([FORGED, element(WEB, PROXY)], PROXY, OWN, WEB),
        ([element(WEB)], PROXY, OWN, WEB),
        ([element(WEB)], "", "", WEB),
        ([element(WEB)], PROXY, "", WEB),
        # or it has added an element of its own, of the listed proxy
        ([FORGED, element(WEB, PROXY), element(PROXY, OWN)], PROXY, OWN, WEB),
        ([element(PROXY, OWN)], PROXY, OWN, None),
        # a client of the listed proxy's own name
        ([FORGED, element(PROXY, PROXY)], PROXY, OWN, PROXY),
    ],
)
def test_the_nearest_client_is_that_of_the_listed_proxy(
    elements: list[ForwardedClient], proxy: str, own: str, expected: str | None
) -> None:
    found = nearest_client(tuple(elements), proxy, own)
    assert (found and found.uris[0]) == expected


@pytest.mark.parametrize("own", ["", PROXY])
def test_where_it_cannot_be_told_who_wrote_the_last_element_nobody_is_believed(own: str) -> None:
    with pytest.raises(XfccError, match="cannot be told whether that proxy wrote it"):
        nearest_client((FORGED, element(PROXY, PROXY)), PROXY, own)


def test_a_hash_is_that_of_the_certificate() -> None:
    issued = TrustDomain().issue(WEB)
    digest = hashlib.sha256(issued.certificate.public_bytes(Encoding.DER)).hexdigest()

    check_hash(ForwardedClient(hash=digest, certificate=issued.sent))
    check_hash(ForwardedClient(hash=digest.upper(), certificate=issued.sent))
    with pytest.raises(XfccError, match="its hash is not that of its certificate"):
        check_hash(ForwardedClient(hash="ab", certificate=issued.sent))
    with pytest.raises(XfccError, match="its certificate cannot be read"):
        check_hash(ForwardedClient(hash="ab", certificate="%41"))
