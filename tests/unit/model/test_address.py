from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.model.address import Address, parse_address, parse_cidr, render_address


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"),
        ("::", "::"),
        ("::1", "::1"),
        ("2001:DB8::A", "2001:db8::a"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::1.2.3.4", "::102:304"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("::ffff:10.0.0.1", "::ffff:a00:1"),
    ],
)
def test_an_address_is_read(text: str, rendered: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert render_address(address) in {rendered, str(ipaddress.ip_address(rendered))}


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "10.0.0.256", "-1.2.3.4", "+1.2.3.4",
        "010.0.0.1", "10.0.0.01", "00.0.0.0", "0x7f.0.0.1", "127.1", "167772161", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n",
        "1.2.3.4/32", "1.2.3.4:80", "\uff11.2.3.4", "1.2.3.²", "10.0.0.1%eth0",
        ":", ":::", "1::2::3", "::1%eth0", "fe80::1%1", "[::1]", "12345::", "g::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "::1:2:3:4:5:6:7:8", "::1.2.3", "::1.2.3.256", "::ffff:010.0.0.1", "1.2.3.4::", "::1 ", "::\uff11",
    ],
)  # fmt: skip
def test_what_go_refuses_as_an_address_is_refused(text: str) -> None:
    assert parse_address(text) is None


def test_an_ipv4_address_mapped_into_ipv6_is_another_address() -> None:
    assert parse_address("::ffff:10.0.0.1") != parse_address("10.0.0.1")


@pytest.mark.parametrize(
    ("block", "inside", "outside"),
    [
        ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0", "::ffff:10.0.0.1", "::a00:1"]),
        ("10.1.2.3/8", ["10.0.0.0", "10.255.255.255"], ["11.0.0.0"]),
        ("10.0.0.1", ["10.0.0.1"], ["10.0.0.0", "10.0.0.2"]),
        ("10.0.0.1/32", ["10.0.0.1"], ["10.0.0.0", "10.0.0.2"]),
        ("10.0.0.1/31", ["10.0.0.0", "10.0.0.1"], ["10.0.0.2"]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "::1", "::ffff:1.2.3.4"]),
        ("::/0", ["::", "::ffff:1.2.3.4", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], ["0.0.0.0", "255.255.255.255"]),
        ("::1/64", ["::", "::ffff:ffff:ffff:ffff"], ["0:0:0:1::"]),
        ("::1", ["::1"], ["::", "::2"]),
        ("::ffff:10.0.0.0/104", ["::ffff:10.9.9.9"], ["10.9.9.9"]),
        ("ffff::/128", ["ffff::"], ["ffff::1"]),
    ],
)
def test_a_block_holds_its_addresses_and_no_other(block: str, inside: list[str], outside: list[str]) -> None:
    cidr = parse_cidr(block)
    addresses = {text: parse_address(text) for text in [*inside, *outside]}
    found = {text: address is not None and address in cidr for text, address in addresses.items()}
    assert found == {**dict.fromkeys(inside, True), **dict.fromkeys(outside, False)}
    assert None not in addresses.values()


@pytest.mark.parametrize(
    "text",
    [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/00",
        "10.0.0.0/8 ", "10.0.0.0 /8", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10.0.0.0/0x8", "10.0.0.0/\uff18",
        "10.0.0.0/" + "1" * 5000, "010.0.0.0/8", "10.0.0/8", "10.0.0.0-10.0.0.9", "*", "10.*", "localhost",
        "::/129", "::/064", "fe80::1%eth0/64", "::1%1", "[::1]/128",
    ],
)  # fmt: skip
def test_what_go_refuses_as_a_block_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an IP address|prefix length"):
        parse_cidr(text)


@given(st.ip_addresses())
def test_every_address_is_read_back_as_it_was_written(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    found = parse_address(str(address))
    assert found is not None
    assert int(found) == int(address) + (0 if address.version == 4 else 1 << 32)
    assert ipaddress.ip_address(render_address(found)) == address


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6), st.integers(0, 128))
def test_a_block_is_what_the_standard_library_says(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int
) -> None:
    bits = min(length, address.max_prefixlen)
    network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    cidr = parse_cidr(f"{address}/{bits}")
    assert render_address(cidr.first) == str(network.network_address)
    assert render_address(cidr.last) == str(network.broadcast_address)
    assert Address(cidr.last + 1) not in cidr
