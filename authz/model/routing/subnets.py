"""Subnets in routing resources: `10.0.0.0/8`, `::1/64`, or a single address."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from authz.model.address import parse_cidr

Subnet = IPv4Network | IPv6Network


def parse_subnet(text: str) -> Subnet:
    """Read an address or a block; host bits are legal and masked. Raises ValueError as `parse_cidr` does."""
    parse_cidr(text)  # stricter than ip_network, which takes netmasks and zones
    return ip_network(text, strict=False)
