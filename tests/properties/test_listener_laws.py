"""The laws of listeners at gateways, on generated Gateways and VirtualServices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from authz.forwarder.references import TypeUrl
from authz.forwarder.translate import Translation, translate
from authz.mesh.routing_view import RoutingView
from authz.model.routing.gateway import Gateway
from authz.pb.packing import to_json
from authz.resources.collection import Resources
from tests.support.gateways import PROXY, gateway, virtual_service
from tests.support.mesh import kubernetes, mesh_resources

if TYPE_CHECKING:
    from random import Random

NAMES = ["a.com", "b.com", "x.a.com", "*.a.com", "*"]
KINDS = {
    "HTTP": "HTTP",
    "GRPC-WEB": "GRPC-WEB",
    "HTTPS": "HTTPS}}, tls: {{mode: SIMPLE, credentialName: c",
    "mutual": "HTTPS}}, tls: {{mode: MUTUAL, credentialName: c",
    "passed": "TLS}}, tls: {{mode: PASSTHROUGH",
    "ended": "TLS}}, tls: {{mode: SIMPLE, credentialName: c",
    "of mesh": "TLS}}, tls: {{mode: AUTO_PASSTHROUGH",
    "TCP": "TCP",
}
SERVICE = kubernetes("Service", "{ports: [{port: 80, name: http}]}", "name: web, namespace: istio-system")
TO = "route: [{destination: {host: web}}]"


@dataclass(frozen=True)
class Server:
    kind: str
    port: int
    bind: str
    hosts: tuple[str, ...]

    def written(self, name: str) -> str:
        hosts = ", ".join(f"'{host}'" for host in self.hosts)
        bind = f"bind: {self.bind}, " if self.bind else ""
        protocol = KINDS[self.kind].replace("{{", "{").replace("}}", "}")
        return gateway(
            f"{bind}hosts: [{hosts}], port: {{number: {self.port}, name: p, protocol: {protocol}}}", name=name
        )


SERVERS = st.lists(
    st.builds(
        Server,
        st.sampled_from(sorted(KINDS)),
        st.sampled_from([80, 443]),
        st.sampled_from(["", "", "0.0.0.0", "127.0.0.1"]),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    max_size=5,
)
PASSED = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(tuple), max_size=3)


@dataclass(frozen=True)
class Mesh:
    """Every Gateway has one server; VirtualServices are of all of them. `passed`: server names, each for a route."""

    servers: list[Server]
    passed: list[tuple[str, ...]]
    has_bytes: bool

    def documents(self) -> list[str]:
        names = [f"g{number}" for number in range(len(self.servers))]
        bound = ", ".join(f"istio-system/{name}" for name in names) or "istio-system/none"
        found = [server.written(name) for server, name in zip(self.servers, names, strict=True)]
        for number, sni in enumerate(self.passed):
            listed = ", ".join(f"'{name}'" for name in sni)
            tls = f"hosts: ['*'], tls: [{{match: [{{sniHosts: [{listed}]}}], {TO}}}]"
            found.append(virtual_service(tls, f"tls{number}", gateways=bound))
        if self.has_bytes:
            found.append(virtual_service(f"hosts: ['*'], tcp: [{{{TO}}}]", "tcp", gateways=bound))
        return [SERVICE, *found]


MESHES = st.builds(Mesh, SERVERS, PASSED, st.booleans())


@lru_cache(maxsize=4096)
def read(document: str) -> Resources:
    return mesh_resources(document)


def view(written: list[str]) -> RoutingView:
    parts = [read(one) for one in written]
    kinds = {kind for one in parts for kind in one.by_type}
    return RoutingView(Resources({kind: tuple(found for one in parts for found in one.of(kind)) for kind in kinds}))


def translated(written: list[str]) -> Translation:
    return translate(view(written), PROXY)


def listeners(found: Translation) -> list[dict[str, Any]]:
    return [to_json(one.message()) for one in found.snapshot.of_type(TypeUrl.LISTENER).values()]


def chains(found: Translation) -> list[dict[str, Any]]:
    return [chain for listener in listeners(found) for chain in listener["filter_chains"]]


def filters(chain: dict[str, Any]) -> list[str]:
    return [one["name"].rpartition(".")[2] for one in chain["filters"]]


@given(MESHES)
def test_no_address_and_no_server_name_of_one_is_there_twice(mesh: Mesh) -> None:
    found = listeners(translated(mesh.documents()))

    addresses = Counter(str(one["address"]) for one in found)
    assert not [address for address, count in addresses.items() if count > 1]
    for listener in found:
        matches = [chain.get("filter_chain_match", {}) for chain in listener["filter_chains"]]
        names = Counter(name for match in matches for name in match.get("server_names", ["*"]))
        assert not [name for name, count in names.items() if count > 1]


@given(MESHES)
def test_the_authorizer_is_before_everything_but_what_the_mesh_passes_on(mesh: Mesh) -> None:
    for chain in chains(translated(mesh.documents())):
        if "application_protocols" in chain.get("filter_chain_match", {}):
            assert filters(chain) == ["tcp_proxy"]
            assert all(name.startswith("outbound_.") for name in chain["filter_chain_match"]["server_names"])
        elif filters(chain) == ["http_connection_manager"]:
            inner = chain["filters"][0]["typed_config"]["http_filters"]
            assert inner[0]["name"] == "envoy.filters.http.ext_authz"
        else:
            assert filters(chain) == ["ext_authz", "tcp_proxy"]


@given(MESHES)
def test_every_server_is_served_or_told_of(mesh: Mesh) -> None:
    seen = view(mesh.documents())
    found = translate(seen, PROXY)
    planned = {id(one.server) for listener in found.plan.listeners for one in listener.servers}
    told = {remark.where for remark in found.remarks}

    written = [server for one in seen.gateways for server in one.servers]
    assert len(written) == len(mesh.servers)
    assert not [server for server in written if id(server) not in planned and server.where not in told]


@given(MESHES)
def test_tls_ends_only_where_a_server_ends_it(mesh: Mesh) -> None:
    found = translated(mesh.documents())
    ends = {"HTTPS", "mutual", "ended"} & {server.kind for server in mesh.servers}

    for chain in chains(found):
        is_passed = "transport_socket" not in chain
        assert ends or is_passed
        if not is_passed:
            context = chain["transport_socket"]["typed_config"]
            assert context["common_tls_context"]["tls_certificate_sds_secret_configs"]


@given(MESHES, st.randoms())
def test_the_order_of_documents_changes_nothing(mesh: Mesh, random: Random) -> None:
    written = mesh.documents()
    shuffled = random.sample(written, len(written))

    assert translated(shuffled).snapshot.version == translated(written).snapshot.version


@given(MESHES, MESHES)
def test_what_is_remembered_changes_nothing(before: Mesh, mesh: Mesh) -> None:
    memo = translated(before.documents()).memo
    seen = view(mesh.documents())
    found = translate(seen, PROXY, memo)

    assert found == translate(seen, PROXY)
    assert found.snapshot.version == translate(seen, PROXY).snapshot.version


def test_the_kinds_of_servers_are_those_that_there_are() -> None:
    written = [Server(kind, 443, "", ("a.com",)).written("g") for kind in KINDS]
    (modes,) = [{one.servers[0].tls.mode for one in map(only, written) if one.servers[0].tls}]

    assert {mode.name for mode in modes} == {"SIMPLE", "MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH"}


def only(document: str) -> Gateway:
    (found,) = read(document).of(Gateway)
    return found
