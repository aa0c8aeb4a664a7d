"""The laws of routes at gateways, on generated VirtualServices, and their meaning written down once more, slowly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from authz.forwarder.lookup import Asked, Outcome, look_up
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate import Translation, translate
from authz.mesh.routing_view import RoutingView
from authz.resources.collection import Resources
from tests.support.gateways import HTTP, PROXY, gateway, virtual_service
from tests.support.mesh import mesh_resources

if TYPE_CHECKING:
    from random import Random

SERVER_HOSTS = st.lists(st.sampled_from(["*", "*.a.com", "x.a.com", "b.com"]), min_size=1, max_size=2, unique=True)
HOSTS = st.lists(st.sampled_from(["*", "*.a.com", "x.a.com", "y.a.com", "b.com"]), min_size=1, max_size=1)
URIS = st.sampled_from(["", "exact: /a", "prefix: /", "prefix: /a", "prefix: /a/b", "regex: '.*'", "regex: '/b.*'"])
PORTS = st.sampled_from([None, None, 80, 81])


@dataclass(frozen=True)
class Match:
    """`header`: whether the header `x` has to be there, or not to be there; None: either."""

    uri: str = ""
    header: bool | None = None
    port: int | None = None

    def written(self) -> str:
        fields = [f"uri: {{{self.uri}}}"] if self.uri else []
        fields += [] if self.header is None else [("headers" if self.header else "withoutHeaders") + ": {x: {}}"]
        fields += [] if self.port is None else [f"port: {self.port}"]
        return f"{{{', '.join(fields)}}}"

    @property
    def takes_all(self) -> bool:
        return self.uri in {"", "prefix: /", "regex: '.*'"} and self.header is None

    def takes(self, request: Asked) -> bool:
        path = request.target
        kind, _, text = self.uri.partition(": ")
        fits = {
            "": True,
            "exact": path == text,
            "prefix": path.startswith(text),
            "regex": re.fullmatch(text.strip("'"), path) is not None,
        }[kind]
        return fits and self.header in {None, bool(request.headers)}


MATCHES = st.builds(Match, URIS, st.sampled_from([None, None, True, False]), PORTS)
ENTRIES = st.lists(st.lists(MATCHES, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)


@dataclass(frozen=True)
class Service:
    """A VirtualService by its hosts and, entry by entry, its matches; each entry sends to a place of its own."""

    hosts: tuple[str, ...]
    entries: tuple[tuple[Match, ...], ...]

    def written(self, name: str) -> str:
        entries = []
        for number, matches in enumerate(self.entries):
            match = f"match: [{', '.join(one.written() for one in matches)}], " if matches else ""
            entries.append(f"{{{match}route: [{{destination: {{host: {name}-{number}.com}}}}]}}")
        hosts = ", ".join(f"'{host}'" for host in self.hosts)
        return virtual_service(f"hosts: [{hosts}], http: [{', '.join(entries)}]", name)

    def routes(self, name: str) -> list[tuple[Match, str]]:
        """What is left of it on port 80, up to the first that takes all."""
        found = []
        for number, matches in enumerate(self.entries):
            for one in matches or (Match(),):
                if one.port in {None, 80}:
                    found.append((one, f"outbound|80||{name}-{number}.com"))
                    if one.takes_all:
                        return found
        return found


SERVICES = st.lists(st.builds(Service, HOSTS.map(tuple), ENTRIES), max_size=4)
REQUESTS = st.builds(
    Asked,
    st.just(80),
    st.sampled_from(["x.a.com", "y.a.com", "a.com", "b.com", "c.com", "X.A.com:8080"]),
    st.sampled_from(["/", "/a", "/a/b", "/ab", "/b"]),
    headers=st.sampled_from([(), (("x", "1"),)]),
)


@lru_cache(maxsize=4096)
def read(document: str) -> Resources:
    return mesh_resources(document)


def documents(server_hosts: list[str], services: list[Service]) -> list[str]:
    listed = ", ".join(f"'{host}'" for host in server_hosts)
    named = [one.written(f"v{number}") for number, one in enumerate(services)]
    return [gateway(f"{HTTP}, hosts: [{listed}]"), *named]


def view(written: list[str]) -> RoutingView:
    parts = [read(one) for one in written]
    kinds = {kind for one in parts for kind in one.by_type}
    return RoutingView(Resources({kind: tuple(found for one in parts for found in one.of(kind)) for kind in kinds}))


def translated(server_hosts: list[str], services: list[Service]) -> Translation:
    return translate(view(documents(server_hosts, services)), PROXY)


def covers(pattern: str, host: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*") else host == pattern


def narrower(one: str, other: str) -> str | None:
    """The host that both have in common; a wildcard covers a wildcard as it covers any other text."""
    if covers(other, one.removeprefix("*") if other.startswith("*") else one):
        return one
    return other if covers(one, other.removeprefix("*") if one.startswith("*") else other) else None


def meant(server_hosts: list[str], services: list[Service], request: Asked) -> str | None:
    """The cluster that a request is meant for; None: 404."""
    domains: dict[str, list[list[tuple[Match, str]]]] = {}
    for number, service in enumerate(services):
        routes = service.routes(f"v{number}")
        common = {narrower(one, other) for one in server_hosts for other in service.hosts}
        for domain in common - {None} if routes else ():
            domains.setdefault(str(domain), []).append(routes)
    name = request.host.lower().partition(":")[0]
    best = max((one for one in domains if covers(one, name)), key=lambda one: (one[0] != "*", len(one)), default=None)
    together = [route for routes in domains.get(best or "", ()) for route in routes]
    in_order = sorted(together, key=lambda route: route[0].takes_all)
    return next((cluster for match, cluster in in_order if match.takes(request)), None)


@given(SERVER_HOSTS, SERVICES, REQUESTS)
def test_a_request_goes_where_it_is_meant_to_go(server_hosts: list[str], services: list[Service], asked: Asked) -> None:
    found = look_up(translated(server_hosts, services), asked)
    message = found.message
    assert (message.route.cluster if message else None) == meant(server_hosts, services, asked)
    assert (found.outcome is Outcome.ROUTED) is (message is not None)


@given(SERVER_HOSTS, SERVICES, st.randoms())
def test_the_order_of_documents_changes_nothing(
    server_hosts: list[str], services: list[Service], random: Random
) -> None:
    written = documents(server_hosts, services)
    shuffled = random.sample(written, len(written))
    assert translate(view(shuffled), PROXY).snapshot == translate(view(written), PROXY).snapshot


@given(SERVER_HOSTS, SERVER_HOSTS, SERVICES, SERVICES)
def test_what_is_remembered_changes_nothing(
    first_hosts: list[str], then_hosts: list[str], first: list[Service], then: list[Service]
) -> None:
    before = translated(first_hosts, first)
    after = view(documents(then_hosts, then))
    assert translate(after, PROXY, before.memo) == translate(after, PROXY)


@given(SERVER_HOSTS, SERVICES)
def test_what_is_put_together_is_what_its_message_would_be(server_hosts: list[str], services: list[Service]) -> None:
    for resource in translated(server_hosts, services).routes.resources:
        again = Resource.of(resource.message())
        assert (again, again.references) == (resource, resource.references)


@given(SERVER_HOSTS, SERVICES)
def test_no_domain_stands_in_two_virtual_hosts(server_hosts: list[str], services: list[Service]) -> None:
    for config in translated(server_hosts, services).routes.configs.values():
        domains = [domain for host in config.hosts for domain in host.domains]
        names = [host.name for host in config.hosts]
        assert len(set(domains)) == len(domains) > 0
        assert len(set(names)) == len(names)
