import pytest

from authz.model.routing.hosts import HostPattern
from tests.support.reading import summaries
from tests.support.routes import problems_of, virtual_service

HTTP = "http: [{redirect: {uri: /}}]"
TLS = "tls: [{match: [{sniHosts: [%s]}], route: [{destination: {host: a}}]}]"


def test_hosts_are_as_written_but_in_lower_case() -> None:
    found = virtual_service(f"{{hosts: [Reviews, 10.0.0.1, '*.A.com', '*b.com'], {HTTP}}}")
    assert found.hosts == tuple(map(HostPattern, ("reviews", "10.0.0.1", "*.a.com", "*b.com")))
    assert found.full_hosts()[0] == HostPattern("reviews.foo.svc.cluster.local")


@pytest.mark.parametrize("hosts", ["a.com, '*.com'", "'*.com', a.com", "'*.a.com', '*.com'", "a, A", "'*', a"])
def test_hosts_in_common_are_named(hosts: str) -> None:
    (problem,) = problems_of("VirtualService", f"{{hosts: [{hosts}], gateways: [gw], {HTTP}}}")
    one, other = [host.strip("' ").lower() for host in hosts.split(",")]
    assert problem.message == f"{one!r} and {other!r} have hosts in common; each host stands once"


def test_where_a_host_is_none_nothing_is_said_of_overlaps() -> None:
    found = summaries(problems_of("VirtualService", f"{{hosts: [a_b, a.com, '*.com'], {HTTP}}}"))
    assert found == ["4:16 AZ592 spec.hosts[0]"]


def test_where_a_gateway_is_none_all_hosts_are_not_taken_for_the_mesh() -> None:
    found = summaries(problems_of("VirtualService", f"{{hosts: ['*'], gateways: [a_b], {HTTP}}}"))
    assert found == ["4:33 AZ523 spec.gateways[0]"]


@pytest.mark.parametrize("sni", ["a.com", "A.com", "b.c.com", "'*.c.com'", "'*.d.c.com'"])
def test_a_server_name_is_covered_by_a_host(sni: str) -> None:
    assert problems_of("VirtualService", f"{{hosts: [a.com, '*.c.com'], {TLS % sni}}}") == []


@pytest.mark.parametrize("sni", ["b.com", "c.com", "'*.com'", "'*'"])
def test_a_server_name_that_no_host_covers_is_refused(sni: str) -> None:
    (problem,) = problems_of("VirtualService", f"{{hosts: [a.com, '*.c.com'], {TLS % sni}}}")
    assert (problem.code.value, problem.field) == ("AZ528", "spec.tls[0].match[0].sniHosts[0]")
    assert problem.message.endswith("is not covered by the hosts: a.com, *.c.com")


def test_where_a_host_is_none_nothing_is_said_of_server_names() -> None:
    found = summaries(problems_of("VirtualService", f"{{hosts: [a_b], {TLS % 'c.com'}}}"))
    assert found == ["4:16 AZ592 spec.hosts[0]"]


@pytest.mark.parametrize("host", ["outbound_.80_._.a.com", "outbound_.80_.v1_.a.svc.cluster.local"])
def test_server_names_of_auto_passthrough_are_for_gateways(host: str) -> None:
    found = virtual_service(f"{{hosts: [{host}], gateways: [gw], {TLS % host}}}")
    assert found.tls[0].matches[0].sni_hosts == found.hosts == (HostPattern(host),)


@pytest.mark.parametrize(
    "host", ["outbound_.x_._.a.com", "outbound_.80_._.", "outbound_.80_.a_b_.a.com", "outbound_80.a"]
)
def test_what_only_begins_like_one_is_no_host(host: str) -> None:
    found = problems_of("VirtualService", f"{{hosts: [{host}], gateways: [gw], {TLS % host}}}")
    assert {problem.code.value for problem in found} == {"AZ592"}
