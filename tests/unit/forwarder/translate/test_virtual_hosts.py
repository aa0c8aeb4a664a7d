"""authz.forwarder.translate.virtual_hosts: routes of several VirtualServices in one list."""

from __future__ import annotations

from authz.forwarder.references import references
from authz.forwarder.translate.destinations import Destinations
from authz.forwarder.translate.routes import RoutePlace, ServiceRoutes, routes_of
from authz.forwarder.translate.virtual_hosts import HostDraft, black_hole, grouped, make_host
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import HostPattern
from authz.model.where import Where
from authz.pb.packing import to_json
from authz.pb.route import VirtualHost
from tests.support.gateways import PROXY, view
from tests.support.routes import virtual_service

PLACE = RoutePlace(frozenset([GatewayRef("foo", "g")]), 80, "istio-system", frozenset())
SOMEWHERE = Where("v.yaml", 1)
DESTINATIONS = Destinations(view(), PROXY)


def routes(*prefixes: str) -> ServiceRoutes:
    entries = ", ".join(
        f"{{match: [{{uri: {{prefix: {one}}}}}], route: [{{destination: {{host: s}}}}]}}" for one in prefixes
    )
    return routes_of(virtual_service(f"{{hosts: [a.com], gateways: [g], http: [{entries}]}}"), PLACE, DESTINATIONS)


def draft(domain: str, *services: ServiceRoutes, to_https: bool = False) -> HostDraft:
    made = HostDraft(HostPattern(domain), 80, SOMEWHERE, to_https=to_https)
    for one in services:
        made.add(one)
    return made


def prefixes(host: VirtualHost) -> list[str]:
    return [route.match.prefix for route in host.routes]


def test_routes_come_one_after_the_other_those_that_take_all_at_the_end() -> None:
    host = make_host(draft("a.com", routes("/a", "/"), routes("/b", "/")), ("a.com",))
    assert prefixes(host.message()) == ["/a", "/b", "/", "/"]
    assert [route.message() for route in host.routes] == list(host.message().routes)


def test_the_same_routes_stand_there_once() -> None:
    one = routes("/a")
    assert len(make_host(draft("a.com", one, one), ("a.com",)).routes) == 1


def test_of_two_that_take_all_the_second_is_remarked() -> None:
    first, second = routes("/a", "/"), routes("/")
    host = make_host(draft("a.com", first, second), ("a.com",))
    (remark,) = host.remarks
    assert remark.where == second.routes[0].where
    assert str(first.routes[1].where) in remark.text
    assert "'a.com'" in remark.text


def test_a_virtual_host_counts_attempts_and_has_the_name_of_its_domain_and_port() -> None:
    host = make_host(draft("a.com", routes("/a")), ("a.com", "b.com")).message()
    found = to_json(host)
    found["routes"] = []
    assert found == {
        "name": "a.com:80",
        "domains": ["a.com", "b.com"],
        "routes": [],
        "include_request_attempt_count": True,
    }


def test_its_parts_are_the_bytes_of_the_whole() -> None:
    host = make_host(draft("a.com", routes("/a", "/b"), to_https=True), ("a.com",))
    assert host.message().SerializeToString(deterministic=True) == host.part
    assert host.references == references(host.message())


def test_one_that_is_sent_to_https_needs_no_routes() -> None:
    host = make_host(draft("a.com", to_https=True), ("a.com",)).message()
    assert host.require_tls == VirtualHost.ALL
    assert prefixes(host) == []


def test_domains_with_the_very_same_routes_share_a_virtual_host_of_the_most_specific() -> None:
    one, other = routes("/a"), routes("/a")
    drafts = [draft("*.com", one), draft("a.com", one), draft("b.com", other), draft("c.com", one, to_https=True)]
    found = grouped(drafts)
    assert [(head.name, domains) for head, domains in found] == [
        ("a.com:80", ("a.com", "*.com")),
        ("b.com:80", ("b.com",)),
        ("c.com:80", ("c.com",)),
    ]
    assert grouped(reversed(drafts)) == found


def test_a_host_is_known_by_what_it_is_made_of() -> None:
    one, other = routes("/a"), routes("/a")
    known = make_host(draft("a.com", one), ("a.com",))
    assert known.is_of(draft("a.com", one), ("a.com",))
    assert not known.is_of(draft("a.com", other), ("a.com",))
    assert not known.is_of(draft("a.com", one, other), ("a.com",))
    assert not known.is_of(draft("a.com", one), ("a.com", "b.com"))
    assert not known.is_of(draft("a.com", one, to_https=True), ("a.com",))
    assert not known.is_of(HostDraft(HostPattern("a.com"), 81, SOMEWHERE, [one]), ("a.com",))
    assert not known.is_of(HostDraft(HostPattern("a.com"), 80, Where("w.yaml"), [one]), ("a.com",))


def test_where_there_is_nothing_everything_is_404() -> None:
    host = black_hole(80, SOMEWHERE)
    assert to_json(host.message()) == {"name": "blackhole:80", "domains": ["*"]}
    assert host.references == frozenset()
