from __future__ import annotations

import pytest

from authz.cli.request_values import GivenRequest, check_remote_ip, parse_header, parse_ip, parse_port, parse_principal
from authz.model.request import Request


@pytest.mark.parametrize(
    "text, header",
    [
        ("a: b", ("a", "b")),
        ("X-Team:blue", ("X-Team", "blue")),
        ("a:", ("a", "")),
        ("a: \t b: c \t", ("a", "b: c")),
        ("a: \udcff", ("a", "\udcff")),
    ],
)
def test_a_header_is_a_name_and_what_follows_the_colon(text: str, header: tuple[str, str]) -> None:
    assert parse_header(text) == header


@pytest.mark.parametrize(
    "text, words",
    [
        ("a", "expected NAME: VALUE"),
        ("", "expected NAME: VALUE"),
        (":", "expected NAME: VALUE"),
        (": b", "expected NAME: VALUE"),
        ("a b: c", "'a b' is no name of a header"),
        (":x: c", "':x' is no name of a header"),
        ("Host: a", "Host is no header here; give the host"),
        (":path: /", ":path is no header here; give the path"),
    ],
)
def test_what_is_no_header_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        parse_header(text)


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.0/8", "localhost", "::g", "010.0.0.1"])
def test_an_ip_is_an_address(text: str) -> None:
    assert [parse_ip(one) for one in ("10.0.0.1", "::1", "fe80::1%eth0", "fe80::1%1")]
    with pytest.raises(ValueError, match="is not an IP address"):
        parse_ip(text)


@pytest.mark.parametrize("text", ["", "-1", "65536", "9" * 5000, "٣", "80 "])
def test_a_port_is_a_number_to_65535(text: str) -> None:
    assert (parse_port("0"), parse_port("65535")) == (0, 65535)
    with pytest.raises(ValueError, match="expected a port"):
        parse_port(text)


def test_a_principal_is_the_peers_name_and_not_the_form_of_policies() -> None:
    for name in ("spiffe://td/ns/a/sa/b", "a.example", "CN=a", "spiffe://td"):
        assert parse_principal(name) == name
    with pytest.raises(ValueError, match="write spiffe://td/ns/a/sa/b"):
        parse_principal("td/ns/a/sa/b")


@pytest.mark.parametrize(
    "trusted, source_ip, header",
    [(0, "10.0.0.1", "1.1.1.1"), (2, "10.0.0.1", "1.1.1.1, 10.0.0.1, 10.0.0.1"), (1, "", "1.1.1.1, unknown")],
)
def test_the_original_client_stands_where_trusted_proxies_put_it(trusted: int, source_ip: str, header: str) -> None:
    given = GivenRequest(Request(source_ip=source_ip, headers=(("a", "b"),)), "1.1.1.1")

    assert given.at_proxy(trusted).headers == (("a", "b"), ("x-forwarded-for", header))


def test_without_an_original_client_the_request_is_what_it_is() -> None:
    request = Request(headers=(("X-Forwarded-For", "1.1.1.1"),))

    assert GivenRequest(request).at_proxy(3) is request
    check_remote_ip("", request)


def test_the_original_client_is_said_once() -> None:
    with pytest.raises(ValueError, match="not both"):
        check_remote_ip("1.1.1.1", Request(headers=(("X-Forwarded-For", "1.1.1.1"),)))
    with pytest.raises(ValueError, match="no client behind the direct peer"):
        check_remote_ip("1.1.1.1", Request(protocol="tcp"))
