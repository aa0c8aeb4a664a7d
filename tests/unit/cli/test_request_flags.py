from __future__ import annotations

import argparse
from pathlib import Path
from urllib.parse import quote

import pytest

from authz.cli.request_flags import add_request_flags, read_claims, request_flags_given, request_of
from authz.cli.request_values import GivenRequest
from authz.model.request import Request


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_request_flags(parser)
    return parser.parse_args(arguments)


def read(*arguments: str) -> GivenRequest:
    return request_of(parse(*arguments))


def test_without_flags_it_is_the_plainest_request() -> None:
    assert read() == GivenRequest(Request())
    assert request_flags_given(parse()) == []


def test_every_flag_arrives(tmp_path: Path) -> None:
    pem = tmp_path / "c.pem"
    pem.write_text("-----BEGIN+CERTIFICATE-----\n")
    given = read(
        *("--method", "PUT", "--path", "/a?b", "--host", "h:1", "--scheme", "https", "--sni", "s"),
        *("--header", "a: 1", "--header", "b: 2", "--header", "A: 3"),
        *("--principal", "spiffe://td/x", "--certificate", str(pem)),
        *("--source-ip", "10.0.0.1", "--remote-ip", "10.0.0.2", "--destination-ip", "10.0.0.3"),
        *("--destination-port", "80", "--jwt-claims", "iss=a", "sub=b", "groups=x", "groups=y"),
        *("--metadata", "ns.a:k=v", "--metadata", "ns.a:l=1=2", "--metadata", "ns.a:l=3", "--metadata", "b:k="),
    )

    assert given == GivenRequest(
        Request(
            method="PUT",
            path="/a?b",
            host="h:1",
            scheme="https",
            sni="s",
            headers=(("a", "1"), ("b", "2"), ("A", "3")),
            principal="spiffe://td/x",
            certificate=quote("-----BEGIN+CERTIFICATE-----\n", safe=""),
            source_ip="10.0.0.1",
            destination_ip="10.0.0.3",
            destination_port=80,
            claims={"iss": "a", "sub": "b", "groups": ["x", "y"]},
            dynamic_metadata={"ns.a": {"k": "v", "l": ["1=2", "3"]}, "b": {"k": ""}},
        ),
        remote_ip="10.0.0.2",
    )


def test_the_flags_that_were_used_are_known_by_name() -> None:
    assert request_flags_given(parse("--source-ip", "::1", "--tcp")) == ["--source-ip", "--tcp"]
    assert read("--tcp").request.protocol == "tcp"


@pytest.mark.parametrize(
    "words, claims",
    [
        (
            ['{"iss": "a", "n": 1, "x": {"y": [true, null, 1.5, -2]}}'],
            {"iss": "a", "n": 1, "x": {"y": [True, None, 1.5, -2]}},
        ),
        ([" {}"], {}),
        (["sub=a=b"], {"sub": "a=b"}),
        (["sub="], {"sub": ""}),
    ],
)
def test_claims_are_json_or_pairs(words: list[str], claims: object) -> None:
    assert read_claims(words) == claims


@pytest.mark.parametrize("content", ['{"iss": "a", "sub": "b"}', "iss: a\nsub: b\n"])
def test_claims_may_stand_in_a_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "claims.yaml"
    file.write_text(content)

    assert read_claims([f"@{file}"]) == {"iss": "a", "sub": "b"}


@pytest.mark.parametrize(
    "words, message",
    [
        ([""], "expected KEY=VALUE, found ''"),
        (["a"], "expected KEY=VALUE, found 'a'"),
        (["=a"], "expected KEY=VALUE"),
        (["{"], "not JSON"),
        (["{}", "a=b"], "not several of them"),
        (["@missing.json"], "missing.json: cannot be read: No such file"),
        (["@"], "cannot be read"),
        (["@\0"], "cannot be read"),
        (['{"a": "\\ud800"}'], "half of a surrogate pair"),
        (['{"a":' * 70 + "1" + "}" * 70], "nested deeper than 64"),
    ],
)
def test_what_are_no_claims_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_claims(words)


@pytest.mark.parametrize("content", ["- a\n", "", "a: b\n---\na: c\n", "a: 0x_\n: [", "a: .nan\n", b"\xff"])
def test_a_file_without_claims_is_refused(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "claims.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(ValueError, match="claims"):
        read_claims([f"@{file}"])


@pytest.mark.parametrize("text", ["a", "a:b", ":a=b", "a:=b"])
def test_metadata_has_a_namespace_and_a_key(text: str) -> None:
    with pytest.raises(ValueError, match="--metadata: expected"):
        read("--metadata", text)


def test_a_certificate_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="--certificate: missing: cannot be read"):
        read("--certificate", "missing")
