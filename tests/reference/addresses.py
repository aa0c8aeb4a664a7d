"""Addresses and blocks (§4, §5 CIDR rules)."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_address(text: str | None) -> Address | None:
    """Read an address; None for what is none, such as a unix socket's path."""
    try:
        return ipaddress.ip_address(text or "")
    except ValueError:
        return None


def block_matches(block: str, address: str | None) -> bool:
    """Whether a block or single address holds the address (§5): host bits are masked, families never meet."""
    parsed = parse_address(address)
    return parsed is not None and parsed in ipaddress.ip_network(block, strict=False)
