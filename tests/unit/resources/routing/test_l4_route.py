from ipaddress import ip_network

from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import HostPattern
from authz.model.routing.l4_route import TcpMatch, TcpRoute, TlsMatch
from tests.support.routes import problems_of, virtual_service

COMMON = (
    "destinationSubnets: [10.0.0.1/8, '::1'], port: 443, gateways: [gw], sourceLabels: {app: b}, sourceNamespace: c"
)
ROUTE = "route: [{destination: {host: a}}]"
SUBNETS = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def test_every_field_of_tls_is_read() -> None:
    (found,) = virtual_service(
        f"{{hosts: ['*.a.com'], gateways: [gw], tls: [{{match: [{{sniHosts: [B.a.com], {COMMON}}}], {ROUTE}}}]}}"
    ).tls
    (match,) = found.matches
    assert match == TlsMatch(
        where=match.where,
        sni_hosts=(HostPattern("b.a.com"),),
        destination_subnets=SUBNETS,
        port=443,
        gateways=(GatewayRef("foo", "gw"),),
        source_labels=frozenset({("app", "b")}),
        source_namespace="c",
    )
    assert [(one.destination.host, one.weight) for one in found.destinations] == [("a", 0)]
    assert (match.where.line, found.where.column) == (4, 50)


def test_every_field_of_tcp_is_read() -> None:
    (found,) = virtual_service(f"{{hosts: [a.com], gateways: [gw], tcp: [{{match: [{{{COMMON}}}], {ROUTE}}}]}}").tcp
    (match,) = found.matches
    assert match == TcpMatch(
        where=match.where,
        destination_subnets=SUBNETS,
        port=443,
        gateways=(GatewayRef("foo", "gw"),),
        source_labels=frozenset({("app", "b")}),
        source_namespace="c",
    )


def test_what_stands_twice_counts_once_since_envoy_refuses_it() -> None:
    entry = "{sniHosts: [a.com, A.com], destinationSubnets: [10.1.0.0/8, 10.0.0.0/8]}"
    (match,) = virtual_service(f"{{hosts: [a.com], tls: [{{match: [{entry}], {ROUTE}}}]}}").tls[0].matches
    assert match.sni_hosts == (HostPattern("a.com"),)
    assert match.destination_subnets == (ip_network("10.0.0.0/8"),)


def test_tcp_without_match_is_for_every_connection() -> None:
    (found,) = virtual_service(f"{{hosts: [a.com], tcp: [{{{ROUTE}}}]}}").tcp
    assert found == TcpRoute(found.where, (), found.destinations)


def test_a_source_that_no_proxy_looks_at_is_refused_with_the_reason() -> None:
    (problem,) = problems_of(
        "VirtualService", f"{{hosts: [a.com], tcp: [{{match: [{{sourceSubnet: 10.0.0.0/8}}], {ROUTE}}}]}}"
    )
    assert (problem.code.value, problem.field) == ("AZ597", "spec.tcp[0].match[0].sourceSubnet")
    assert "the route would be for everybody" in problem.message


def test_a_subnet_that_is_none_is_refused_with_the_reason() -> None:
    (problem,) = problems_of(
        "VirtualService", f"{{hosts: [a.com], tcp: [{{match: [{{destinationSubnets: [10.0.0.0/99]}}], {ROUTE}}}]}}"
    )
    assert problem.message.endswith("the prefix length '99' is not a number from 0 to 32")
