from __future__ import annotations

import pytest

from authz.model.address import parse_address
from authz.model.listed_proxy import parse_listed_proxy
from authz.model.spiffe_id import parse_spiffe_id

GATEWAY = parse_spiffe_id("spiffe://td/ns/gw/sa/gateway")


@pytest.mark.parametrize(
    ("text", "by_id", "by_address"),
    [
        ("spiffe://td/ns/gw/sa/gateway", True, False),
        ("spiffe://td/ns/gw/*", True, False),
        ("spiffe://td/ns/g/*", False, False),
        ("10.0.0.1", False, True),
        ("10.0.0.0/8", False, True),
        ("::/0", False, False),
    ],
)
def test_a_proxy_is_listed_by_id_or_by_address(text: str, by_id: bool, by_address: bool) -> None:  # noqa: FBT001
    listed = parse_listed_proxy(text)

    assert listed.text == text
    assert listed.covers(GATEWAY, None) is by_id
    assert listed.covers(None, parse_address("10.0.0.1")) is by_address
    assert not listed.covers(None, None)


@pytest.mark.parametrize("text", ["", "gateway", "spiffe://", "spiffe://td*", "10.0.0.0/33", "10.0.0.1:80", "*"])
def test_what_names_no_proxy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither a SPIFFE id nor an address or a block"):
        parse_listed_proxy(text)
