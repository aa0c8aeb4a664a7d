"""Hosts and server names of a VirtualService: documents -> records, or problems.

Source: istio/istio pkg/config/validation/validation.go, ValidateVirtualService and validateSniHost;
agent/validation.go, ValidateWildcardDomainForVirtualServiceBoundToGateway.
"""

import re
from dataclasses import dataclass
from itertools import combinations

from authz.model.address import parse_address
from authz.model.problem import Code
from authz.model.routing.hosts import ANY_HOST, HostPattern, parse_host
from authz.resources.fields import Fields
from authz.resources.nodes import Node
from authz.resources.routing.domains import check_wildcard_domain, is_partial_wildcard
from authz.resources.routing.values import warn

# The server names of AUTO_PASSTHROUGH: `outbound_.PORT_.SUBSET_.HOST`.
_AUTOMATIC = re.compile(r"outbound_\.[0-9]+_\.[-a-zA-Z0-9]*_\.(.+)")


@dataclass(frozen=True, slots=True)
class VirtualHosts:
    """The hosts, and whether they are for gateways only, where a server name may be an automatic one.

    `are_readable`: none of them had a problem, so that server names can be compared with them.
    """

    hosts: tuple[HostPattern, ...]
    for_gateways: bool
    are_readable: bool = True


def read_virtual_hosts(fields: Fields, node: Node | None, *, for_gateways: bool, has_sni: bool) -> VirtualHosts:
    """`hosts`. `has_sni`: some of `tls` is for server names, and a host may be one of AUTO_PASSTHROUGH."""
    found: list[HostPattern] = []
    path, bad = "spec.hosts", False
    for index, text, item in fields.strings(node, path):
        try:
            _check(text, automatic=for_gateways and has_sni)
        except ValueError as error:
            fields.problem(Code.BAD_HOST, item, f"{path}[{index}]", str(error))
            bad = True
            continue
        host = parse_host(text)
        if host == ANY_HOST and not for_gateways:
            message = "sidecars take no host '*'; write one VirtualService for them and another for gateways"
            fields.problem(Code.MESH_WILDCARD, item, f"{path}[{index}]", message)
            bad = True
        found.append(host)
    if not bad and node is not None:
        _check_overlap(fields, node, path, found)
    return VirtualHosts(tuple(found), for_gateways, not bad)


def _check_overlap(fields: Fields, node: Node, path: str, hosts: list[HostPattern]) -> None:
    for one, other in combinations(hosts, 2):
        if one.overlaps(other):
            message = f"{one.text!r} and {other.text!r} have hosts in common; each host stands once"
            fields.problem(Code.OVERLAPPING_HOSTS, node, path, message)


def _check(text: str, *, automatic: bool) -> None:
    """Raises ValueError, with the reason, for what is no host; short names and addresses are hosts."""
    match = _AUTOMATIC.fullmatch(text) if automatic else None
    if parse_address(text) is None:
        check_wildcard_domain(match[1] if match else text)


def read_sni_hosts(fields: Fields, node: Node | None, path: str, hosts: VirtualHosts) -> tuple[HostPattern, ...]:
    """`sniHosts` of a match: each is one of the hosts, or covered by one. Each once: Envoy refuses it twice."""
    found = []
    for index, text, item in fields.strings(node, path):
        item_path = f"{path}[{index}]"
        try:
            if is_partial_wildcard(text):
                raise ValueError(f"Envoy takes a star for whole labels, as in *.example.com, found {text!r}")  # noqa: TRY301
            _check(text, automatic=hosts.for_gateways)
        except ValueError as error:
            fields.problem(Code.BAD_HOST, item, item_path, str(error))
            continue
        sni = parse_host(text)
        found.append(sni)
        if parse_address(text) is not None:
            message = f"clients send names, and hardly any of them an address such as {text}"
            warn(fields, Code.ADDRESS_AS_SNI, item, item_path, message)
        elif hosts.are_readable and not any(sni.is_subset_of(host) for host in hosts.hosts):
            known = ", ".join(host.text for host in hosts.hosts)
            fields.problem(Code.UNCOVERED_SNI, item, item_path, f"{text!r} is not covered by the hosts: {known}")
    return tuple(dict.fromkeys(found))
