"""IP addresses and blocks, as places on one line.

IPv4 lies on 0 to 2**32 - 1 and IPv6 behind it, so that a block of either family is an interval, two blocks nest or lie
apart, and the families never meet: `0.0.0.0/0` holds no IPv6 address, `::ffff:10.0.0.1` is no IPv4 address.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NewType

Address = NewType("Address", int)

MAX_ADDRESS_LENGTH = 64
"""Of an address as text: the longest is IPv6 with an IPv4 address at its end, 45, and a zone."""

_V6_START = 1 << 32
_V4_BITS, _V6_BITS = 32, 128
_PREFIX_LENGTH = re.compile("0|[1-9][0-9]{0,2}")
_OCTETS = {str(n): n for n in range(256)}  # no leading zeros, no signs, no other digits


@dataclass(frozen=True, slots=True)
class Cidr:
    """A block of addresses, `first` to `last` inclusive."""

    first: Address
    last: Address

    def __contains__(self, address: Address) -> bool:
        return self.first <= address <= self.last


@lru_cache(maxsize=65_536)  # peers and clients come again and again
def parse_address(text: str) -> Address | None:
    """Read an address as inet_pton does: no zone, no leading zeros, no netmask. None: it is not one."""
    octets = text.split(".")
    if len(octets) == 4:  # noqa: PLR2004 - a dotted quad
        try:
            a, b, c, d = [_OCTETS[octet] for octet in octets]
        except KeyError:
            pass  # might be an IPv6 address with an embedded IPv4 one
        else:
            return Address(a << 24 | b << 16 | c << 8 | d)
    if ":" not in text or "%" in text:
        return None
    try:
        return Address(_V6_START + int(ipaddress.IPv6Address(text)))
    except ValueError:
        return None


def parse_peer_address(text: str) -> Address | None:
    """Read an address as a proxy or a client writes it: an IPv6 address may have a numbered zone, which counts nothing.

    Raises ValueError for a zone with a name: only the proxy knows whether it has such an interface, and so whether this
    was an address to it.
    """
    base, percent, zone = text.partition("%")
    if not percent:
        return parse_address(text)
    address = parse_address(base)
    if address is None or address < _V6_START or not zone or not zone.isascii():
        return None
    if not zone.isdigit():
        raise ValueError(f"an address with a named zone: {text!r}")
    return address


def parse_cidr(text: str) -> Cidr:
    """Read `10.0.0.0/8`, `::1/64` or a single address; host bits are legal and masked.

    Raises ValueError for anything Go's netip refuses: leading zeros, netmasks, zones, prefix lengths such as `/08`.
    Source: istio/istio pkg/config/security/security.go, ValidateIPs.
    """
    base, slash, length = text.partition("/")
    address = parse_address(base)
    if address is None:
        raise ValueError("not an IP address")
    start, bits = (_V6_START, _V6_BITS) if address >= _V6_START else (0, _V4_BITS)
    if not slash:
        return Cidr(address, address)
    if not _PREFIX_LENGTH.fullmatch(length) or int(length) > bits:
        raise ValueError(f"the prefix length {length!r} is not a number from 0 to {bits}")
    size = 1 << (bits - int(length))
    first = start + (address - start) // size * size
    return Cidr(Address(first), Address(first + size - 1))


def render_address(address: Address) -> str:
    """The address as people write it."""
    if address < _V6_START:
        return str(ipaddress.IPv4Address(address))
    return str(ipaddress.IPv6Address(address - _V6_START))


_LOOPBACK = (parse_cidr("127.0.0.0/8"), parse_cidr("::1"))


def is_loopback(listen: str) -> bool:
    """Whether only this machine can reach an address to listen on. A name other than `localhost` may mean any machine.

    `listen`: `HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`.
    """
    if listen.startswith("unix:"):
        return True
    host = listen.rpartition(":")[0]
    address = parse_address(host.removeprefix("[").removesuffix("]"))
    return host == "localhost" or (address is not None and any(address in block for block in _LOOPBACK))
