"""Which addresses may be connected to, and one deadline for everything."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from authz.model.address import parse_address
from authz.sources.dial import AddressRules, CheckedNetwork, Deadline, FetchError, check_literal
from authz.sources.jwks_settings import JwksSettings

EVERYTHING = JwksSettings(allow_http=True, allow_private_addresses=True, allow_loopback=True)
NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "febf::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::5",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:1::1",
]
PRIVATE = ["10.0.0.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "fec0::1", "::ffff:10.0.0.1", "198.18.0.1"]
LOOPBACK = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "100.128.0.1", "172.32.0.1"]


def refusal(text: str, settings: JwksSettings) -> str | None:
    address = parse_address(text)
    assert address is not None
    return AddressRules(settings).refusal(address)


@pytest.mark.parametrize("text", NEVER)
def test_some_addresses_are_refused_whatever_the_settings_say(text: str) -> None:
    assert refusal(text, EVERYTHING)


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_refused_unless_allowed(text: str) -> None:
    assert refusal(text, JwksSettings(allow_loopback=True)) == "is a private address (jwks.allowPrivateAddresses)"
    assert refusal(text, JwksSettings(allow_private_addresses=True)) is None


@pytest.mark.parametrize("text", LOOPBACK)
def test_loopback_is_refused_unless_allowed(text: str) -> None:
    settings = JwksSettings(allow_private_addresses=True)
    assert refusal(text, settings) == "is a loopback address (jwks.allowLoopback)"
    assert refusal(text, JwksSettings(allow_loopback=True)) is None


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_allowed_unless_blocked(text: str) -> None:
    assert refusal(text, JwksSettings()) is None
    blocked = ("8.0.0.0/8", "2606:4700::/32", "100.128.0.1", "172.32.0.0/16")
    assert refusal(text, JwksSettings(blocked_cidrs=blocked)) == "is in jwks.blockedCidrs"


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_no_more_is_allowed_than_what_python_takes_for_public(network: str) -> None:
    first = int(ipaddress.ip_network(network)[0])
    bits = ipaddress.ip_network(network).max_prefixlen
    for step in range(65536):
        address = ipaddress.ip_address((first + (step << (bits - 16)) + 1).to_bytes(bits // 8, "big"))
        if refusal(str(address), JwksSettings()) is None:
            assert address.is_global, address


def test_an_address_that_is_refused_is_not_connected_to() -> None:
    def found(_host: str, port: int) -> list[tuple[Any, ...]]:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1%eth0", port, 0, 2)),
            (socket.AF_UNIX, socket.SOCK_STREAM, 0, "", "/tmp/socket"),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("no address", port)),
        ]

    network = CheckedNetwork(AddressRules(EVERYTHING), Deadline(1), found)
    with pytest.raises(FetchError, match=r"may not connect to a\.example:443: 'no address' cannot be read"):
        network.connect_tcp("a.example", 443)


def test_a_name_without_an_address_is_not_connected_to() -> None:
    network = CheckedNetwork(AddressRules(EVERYTHING), Deadline(1), lambda _host, _port: [])
    with pytest.raises(FetchError, match="it has no address"):
        network.connect_tcp("a.example", 443)


@pytest.mark.parametrize("host", ["localhost", "x.localhost", "0x7f000001", "127.1", "::1", "fe80::1%1"])
def test_a_literal_is_checked_without_resolving(host: str) -> None:
    with pytest.raises(FetchError, match="may not connect"):
        check_literal(AddressRules(JwksSettings()), host)


@pytest.mark.parametrize("host", ["issuer.example", "8.8.8.8", "localhost.example"])
def test_other_names_are_left_to_the_proxy(host: str) -> None:
    check_literal(AddressRules(JwksSettings()), host)


def test_a_deadline_passes() -> None:
    now = 5.0
    deadline = Deadline(2, lambda: now)
    now = 6.5
    assert deadline.left() == 0.5
    now = 7.0
    with pytest.raises(FetchError, match="no whole answer within 2 s"):
        deadline.left()
