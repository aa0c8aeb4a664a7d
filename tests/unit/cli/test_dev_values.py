from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from authz.cli.dev_values import (
    flag,
    parse_claim,
    parse_days,
    parse_dns_name,
    parse_expiry,
    parse_ip,
    parse_leaf_id,
    parse_offset,
    parse_path,
    parse_some,
    parse_text,
    parse_trust_domain,
)
from authz.model.spiffe_id import SpiffeId


@pytest.mark.parametrize(
    "text, claim",
    [
        ("a=b", ("a", "b")),
        ("a=", ("a", "")),
        ("a=b=c", ("a", "b=c")),
        ("a=1", ("a", "1")),
        ("a:=1", ("a", 1)),
        ('a:=["b", {"c": null}]', ("a", ["b", {"c": None}])),
        ("https://a.test/groups=b", ("https://a.test/groups", "b")),
        ("a=b:=c", ("a", "b:=c")),
    ],
)
def test_a_claim_is_text_or_json_as_its_first_equals_sign_says(text: str, claim: tuple[str, Any]) -> None:
    assert parse_claim(text) == claim


@pytest.mark.parametrize(
    "read, text",
    [
        *((parse_claim, text) for text in ("", "a", "=a", ":=1", "a:=", "a:=b", "a:=NaN", "a:=1e999", "a=\udc80")),
        (parse_claim, "a:=" + "[" * 100_000),
        *(
            (parse_leaf_id, text)
            for text in ("", "a", "spiffe://td", "spiffe://td/", "spiffe://TD/a", "spiffe://td/a?b")
        ),
        *((parse_trust_domain, text) for text in ("", "A", "a/b", "spiffe://a", "a:1")),
        *(
            (parse_dns_name, text)
            for text in ("", "a b", "a.", ".a", "-a", "*", "a.*.b", "é", "a" * 64, "a." * 200 + "a")
        ),
        *((parse_ip, text) for text in ("", "a", "1.2.3", "10.0.0.0/8", "fe80::1%eth0")),
        *((parse_days, text) for text in ("", "0", "-1", "1.5", "366", "1_0", "٣", "9" * 5000)),
        *((parse_offset, text) for text in ("", "-", "--1h", "1", "1d", "never")),
        *((parse, text) for parse in (parse_some, parse_path) for text in ("",)),
        *((parse, "\udc80") for parse in (parse_text, parse_some)),
    ],
)
def test_what_cannot_be_meant_is_a_wrong_command_line(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        flag(read)(text)


def test_the_rest_is_read_as_it_stands() -> None:
    assert parse_leaf_id("spiffe://td/ns/a/sa/b") == SpiffeId("td", ("ns", "a", "sa", "b"))
    assert parse_trust_domain("cluster.local") == SpiffeId("cluster.local")
    assert [parse_dns_name(name) for name in ("localhost", "*.a.test", "A_b.c-d")] == [
        "localhost",
        "*.a.test",
        "A_b.c-d",
    ]
    assert str(parse_ip("::1")) == "::1"
    assert parse_days("30") == dt.timedelta(days=30)
    assert (parse_offset("1h30m"), parse_offset("-5m")) == (dt.timedelta(minutes=90), dt.timedelta(minutes=-5))
    assert (parse_expiry("never"), parse_expiry("1s")) == (None, dt.timedelta(seconds=1))
